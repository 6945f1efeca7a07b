import { redact } from './redact.ts';
import { redactedLine } from './redacted-line.ts';
import type { Window, WindowRow } from './window-store.ts';

/** How a download is written: text before, between and after the rows. */
export interface DownloadFormat {
  mediaType: string;
  thumbs: Window['thumbs'];
  start: string;
  separator: string;
  end: string;
  row: (row: WindowRow) => string;
}

export const FORMATS = {
  jsonl: {
    mediaType: 'application/jsonl; charset=utf-8',
    thumbs: 'positive',
    start: '',
    separator: '',
    end: '',
    row: ({ prompt, response }) => `${redactedLine({ prompt, answer: response })}\n`,
  },
  json: {
    mediaType: 'application/json; charset=utf-8',
    thumbs: 'all',
    start: '{"ok":true,"info":[',
    separator: ',',
    end: ']}',
    row: (row) =>
      JSON.stringify({ ...row, prompt: redact(row.prompt).text, response: redact(row.response).text }),
  },
} as const satisfies Record<string, DownloadFormat>;

/** The whole download, a page at a time. */
export async function* download(
  format: DownloadFormat,
  rows: AsyncIterable<WindowRow[]>,
): AsyncGenerator<string> {
  let text = format.start;
  let isFirst = true;
  for await (const page of rows) {
    for (const row of page) {
      text += (isFirst ? '' : format.separator) + format.row(row);
      isFirst = false;
    }
    yield text;
    text = '';
  }
  if (text + format.end !== '') yield text + format.end;
}
