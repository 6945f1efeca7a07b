import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import { z } from 'zod';
import type { Log } from '../log.ts';
import { days } from '../platform/http/fields.ts';
import { defineRoute, type Route } from '../platform/http/route.ts';
import { safeMessage } from './failure.ts';
import { exportFileName } from './file-name.ts';
import { type DownloadFormat, download, FORMATS } from './formats.ts';
import type { WindowStore } from './window-store.ts';

export interface DownloadDeps {
  windows: WindowStore;
  log: Log;
}

/** `GET /api/v1/ai/feedback/export`: the thumbs of the last days, streamed; marks nothing. */
export function downloadRoute({ windows, log }: DownloadDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/ai/feedback/export',
    operationId: 'exportFeedback',
    tag: 'Exports',
    summary: 'Downloads the thumbs of the last days',
    description:
      '`jsonl`: the liked answers as training lines. `json`: all thumbs, for inspection. Exported or not; nothing is marked. ' +
      'Credentials and personal data are replaced by placeholders. A download that breaks off is not complete.',
    access: 'loopback-admin',
    request: z.object({
      query: z.strictObject({
        days: days.meta({ description: 'By `feedback_at`, in UTC.' }),
        format: z.enum(['jsonl', 'json']).default('jsonl'),
      }),
    }),
    responses: {
      200: {
        description: 'The thumbs',
        content: {
          'application/jsonl': { schema: z.string() },
          'application/json': {
            schema: z.object({ ok: z.literal(true), info: z.array(z.record(z.string(), z.unknown())) }),
          },
        },
      },
    },
    handler: async ({ query }, { response, signal }) => {
      const format: DownloadFormat = FORMATS[query.format];
      const chunks = download(format, windows.rows({ days: query.days, thumbs: format.thumbs }));
      // The first page is read before the head is sent, so that a database that is away is told by a status.
      const first = await chunks.next();
      const fileName = exportFileName(new Date(), query.format);
      response.status(200).set({
        'Content-Type': format.mediaType,
        'Content-Disposition': `attachment; filename="${fileName}"`,
      });
      await send(response, { first, rest: chunks, signal, log });
      return 'sent';
    },
  });
}

interface Sending {
  first: IteratorResult<string>;
  rest: AsyncGenerator<string>;
  signal: AbortSignal;
  log: Log;
}

/** A failure on the way breaks the connection, so that no client takes half a file for a whole one. */
async function send(response: Response, { first, rest, signal, log }: Sending): Promise<void> {
  try {
    await pipeline(Readable.from(together(first, rest)), response);
  } catch (error) {
    response.destroy();
    if (signal.aborted) return;
    log.warn(
      { event: 'feedback_export.failed', reason: safeMessage(error) },
      'A download broke off; the caller sees it by the broken connection',
    );
  }
}

async function* together(
  first: IteratorResult<string>,
  rest: AsyncGenerator<string>,
): AsyncGenerator<string> {
  if (first.done) return;
  yield first.value;
  yield* rest;
}
