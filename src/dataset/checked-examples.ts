import { createHash } from 'node:crypto';
import type { LikedRow } from './batch-store.ts';
import { type Example, exampleLine } from './example.ts';
import { MOST_EXAMPLES, MOST_FILE_BYTES, type Rejection, rejectionOf } from './preflight.ts';
import type { Progress } from './progress.ts';
import { redact } from './redact.ts';
import { bucketOf } from './split.ts';

/** An example as it may be trained on. */
export interface CheckedExample {
  line: string;
  bucket: number;
}

/** What came of the rows of a training set. */
export interface Tally {
  rows: number;
  examples: number;
  redacted: number;
  rejected: Partial<Record<Rejection, number>>;
  /** The last row that a training file has room for. */
  fullAfter: number | undefined;
}

export function emptyTally(): Tally {
  return { rows: 0, examples: 0, redacted: 0, rejected: {}, fullAfter: undefined };
}

/**
 * Redacts and checks the rows of a training set, a page at a time, counting into `tally`: what holds a
 * credential, is empty, too long or a duplicate is left out. The same rows give the same examples.
 */
export async function* checkedExamples(
  rows: AsyncIterable<LikedRow[]>,
  tally: Tally,
  progress: Progress,
): AsyncGenerator<CheckedExample[]> {
  const seen = new Set<string>();
  let bytes = 0;
  for await (const page of rows) {
    progress.signal.throwIfAborted();
    const examples: CheckedExample[] = [];
    for (const row of page) {
      const example = check(row, seen, tally);
      bytes += example ? Buffer.byteLength(example.line) + 1 : 0;
      if (bytes > MOST_FILE_BYTES || tally.examples + examples.length >= MOST_EXAMPLES) break;
      tally.rows += 1;
      tally.fullAfter = row.id;
      if (example) examples.push(example);
    }
    tally.examples += examples.length;
    yield examples;
    progress.heartbeat(page.at(-1)?.id);
    if (tally.fullAfter !== page.at(-1)?.id) return;
  }
  tally.fullAfter = undefined;
}

function check(row: LikedRow, seen: Set<string>, tally: Tally): CheckedExample | undefined {
  const prompt = redact(row.prompt);
  const answer = redact(row.answer);
  const example: Example = { prompt: prompt.text, answer: answer.text };
  const rejection =
    prompt.secrets + answer.secrets > 0 ? 'secret' : (rejectionOf(example) ?? duplicate(example, seen));
  if (rejection) {
    tally.rejected[rejection] = (tally.rejected[rejection] ?? 0) + 1;
    return undefined;
  }
  if (prompt.pii + answer.pii > 0) tally.redacted += 1;
  return { line: exampleLine(example), bucket: bucketOf(example.prompt) };
}

function duplicate({ prompt, answer }: Example, seen: Set<string>): Rejection | undefined {
  const key = createHash('sha256').update(`${prompt.trim()}\0${answer.trim()}`).digest('base64').slice(0, 20);
  if (seen.has(key)) return 'duplicate';
  seen.add(key);
  return undefined;
}
