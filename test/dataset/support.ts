import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { createBatchStore } from '../../src/dataset/batch-store.ts';
import { type ExportFolder, exportFolder } from '../../src/dataset/export-file.ts';
import { createExporter } from '../../src/dataset/exporter.ts';
import type { ExportBatchResult, ExportFeedbackInput } from '../../src/dataset/messages.ts';
import type { Progress } from '../../src/dataset/progress.ts';
import { silent } from '../platform/postgres/open-database.ts';

export interface Thumb {
  prompt: string;
  response: string;
  isPositive: boolean;
  /** Age of the thumb. */
  daysAgo: number;
  trainable: boolean;
  exported: boolean;
}

const DEFAULTS: Thumb = {
  prompt: 'Explain this Python code: def fib(n)...',
  response: 'This is a recursive Fibonacci function...',
  isPositive: true,
  daysAgo: 0,
  trainable: true,
  exported: false,
};

/** Stores thumbs as they lie in the table; answers their ids. */
export async function storeThumbs(db: DataSource, thumbs: Partial<Thumb>[]): Promise<number[]> {
  const rows = thumbs.map((thumb, at) => ({ ...DEFAULTS, prompt: `Question ${at}`, ...thumb }));
  const stored = await db.query<{ id: number }[]>(
    `INSERT INTO ai_feedback (request_id, request_type, prompt, response, is_positive, model_version, feedback_at, trainable, exported)
     SELECT gen_random_uuid()::text, 'explain', t->>'prompt', t->>'response', (t->>'isPositive')::boolean, 'gemini-3.5-flash-lite',
       now() - (t->>'daysAgo')::float8 * interval '1 day', (t->>'trainable')::boolean, (t->>'exported')::boolean
     FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS list(t, at) ORDER BY at RETURNING id`,
    [JSON.stringify(rows)],
  );
  return stored.map(({ id }) => id);
}

/** So many thumbs up with texts of so many characters, made by the database itself. */
export async function storeManyThumbs(db: DataSource, count: number, characters: number): Promise<void> {
  await db.query(
    `INSERT INTO ai_feedback (request_id, request_type, prompt, response, is_positive, model_version, feedback_at)
     SELECT gen_random_uuid()::text, 'hint', 'Question ' || n || repeat(' and so on', $2 / 20), 'Answer ' || n || repeat(' and so on', $2 / 20),
       n % 10 > 0, 'gemini-3.5-flash-lite', now() FROM generate_series(1, $1) AS n`,
    [count, characters],
  );
}

export interface MarkedRow {
  id: number;
  batch_id: string | null;
  exported: boolean;
  training_set_id: string | null;
}

export const marks = (db: DataSource): Promise<MarkedRow[]> =>
  db.query<MarkedRow[]>('SELECT id, batch_id, exported, training_set_id FROM ai_feedback ORDER BY id');

export async function temporaryFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'thumbwheel-dataset-test-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

export const never: Progress = { heartbeat: () => undefined, signal: new AbortController().signal };

export interface ExporterUnderTest {
  folder: ExportFolder;
  run: (
    input?: ExportFeedbackInput & { batchId?: string },
    progress?: Progress,
  ) => Promise<ExportBatchResult>;
  release: (batchId: string) => Promise<void>;
  files: () => Promise<string[]>;
  lines: (fileName: string | null) => Promise<string[]>;
}

/** The exporter over a real database and a real folder. */
export function exporterUnderTest(db: DataSource, path: string): ExporterUnderTest {
  const folder = exportFolder(path);
  const exporter = createExporter({ batches: createBatchStore({ db }), folder, log: silent });
  return {
    folder,
    run: (input = {}, progress = never) =>
      exporter.exportBatch({ batchId: randomUUID(), workflowId: null, runId: null, ...input }, progress),
    release: (batchId) => exporter.releaseBatch({ batchId, reason: 'the test says so' }),
    files: () => readdir(path),
    lines: async (fileName) => {
      if (fileName === null) throw new Error('The export wrote no file');
      return (await readFile(join(path, fileName), 'utf8')).trimEnd().split('\n');
    },
  };
}

/** Waits for what another process or session is about to do. */
export async function until(what: () => Promise<boolean>): Promise<void> {
  while (!(await what())) await sleep(5);
}
