import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { type OpenDatabase, openDatabase } from '../platform/postgres/open-database.ts';
import { type ExportProcess, exportProcess } from './child.ts';
import { exporterUnderTest, marks, storeManyThumbs, temporaryFolder, until } from './support.ts';

const ROWS = 3_000;
const POSITIVES = 2_700;

let database: OpenDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let other: pg.Client;
let children: ExportProcess[];

beforeEach(async () => {
  database = await openDatabase();
  folder = await temporaryFolder();
  await storeManyThumbs(database.db, ROWS, 400);
  other = new pg.Client({ connectionString: database.url });
  await other.connect();
  children = [];
});

afterEach(async () => {
  await Promise.all(children.map((child) => child.kill()));
  await other.end();
  await database.close();
  await folder.remove();
});

function start(batchId: string): ExportProcess {
  const child = exportProcess({ url: database.url, folder: folder.path, batchId });
  children.push(child);
  return child;
}

const stateOf = async (batchId: string): Promise<string | undefined> => {
  const rows = await database.db.query<{ state: string }[]>(
    'SELECT state FROM export_batches WHERE id = $1',
    [batchId],
  );
  return rows[0]?.state;
};

/** A statement of the export's own waits for this test's lock. */
const isBlocked = async (): Promise<boolean> => {
  const rows = await database.db.query<unknown[]>(
    `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  return rows.length > 0;
};

/** Runs the batch to its end and looks at file and marks; the file is the same whoever wrote it when. */
async function expectWhole(batchId: string): Promise<void> {
  const exporter = exporterUnderTest(database.db, folder.path);
  const result = await exporter.run({ batchId });
  expect(result).toMatchObject({ outcome: 'exported', rows: ROWS, positives: POSITIVES });
  expect((await readdir(folder.path)).filter((name) => !name.startsWith('.'))).toEqual([result.fileName]);
  const rows = await database.db.query<{ prompt: string; response: string }[]>(
    'SELECT prompt, response FROM ai_feedback WHERE is_positive ORDER BY id',
  );
  const expected = rows
    .map(({ prompt, response }) =>
      JSON.stringify({
        contents: [
          { role: 'user', parts: [{ text: prompt }] },
          { role: 'model', parts: [{ text: response }] },
        ],
      }),
    )
    .join('\n');
  expect(await readFile(join(folder.path, result.fileName ?? ''), 'utf8')).toBe(`${expected}\n`);
  const marked = await marks(database.db);
  expect(marked.every(({ batch_id, exported }) => batch_id === batchId && exported)).toBe(true);
  expect(await exporter.run()).toMatchObject({ outcome: 'nothing_to_export' });
}

describe('an export whose process is killed', () => {
  it('while it claims goes on and gives the whole file and all marks', async () => {
    const batchId = randomUUID();
    await other.query('BEGIN');
    await other.query('LOCK TABLE export_batches IN SHARE MODE');
    const child = start(batchId);
    await until(isBlocked);
    await child.kill();
    await other.query('ROLLBACK');
    expect(await stateOf(batchId)).toBeUndefined();
    await expectWhole(batchId);
  });

  it('right after its claim goes on and gives the whole file and all marks', async () => {
    const batchId = randomUUID();
    const child = start(batchId);
    await until(async () => (await stateOf(batchId)) !== undefined);
    await child.kill();
    await expectWhole(batchId);
  });

  it('when the file is written but not at its place goes on and gives the whole file and all marks', async () => {
    const batchId = randomUUID();
    // The rename waits for the batch's row, which this lock holds back from the moment it is there.
    const child = start(batchId);
    await until(async () => (await stateOf(batchId)) !== undefined);
    await other.query('BEGIN');
    await other.query('SELECT 1 FROM export_batches WHERE id = $1 FOR UPDATE', [batchId]);
    await Promise.race([until(isBlocked), child.result]);
    await child.kill();
    await other.query('ROLLBACK');
    await expectWhole(batchId);
  });

  it('while it marks goes on and gives the whole file and all marks', async () => {
    const batchId = randomUUID();
    const child = start(batchId);
    await until(async () => (await stateOf(batchId)) !== undefined);
    await other.query('BEGIN');
    await other.query('SELECT 1 FROM ai_feedback WHERE id = 2999 FOR UPDATE');
    await Promise.race([until(isBlocked), child.result]);
    const state = await stateOf(batchId);
    await child.kill();
    await other.query('ROLLBACK');
    expect(state).toBe('written');
    expect((await readdir(folder.path)).length).toBe(1);
    await expectWhole(batchId);
  });

  it('again and again at odd moments goes on and gives the whole file and all marks', async () => {
    const batchId = randomUUID();
    for (const afterMs of [0, 40, 80, 140]) {
      const child = start(batchId);
      await child.begun;
      await sleep(afterMs);
      await child.kill();
    }
    await expectWhole(batchId);
  });
});

describe('two processes that run the same batch', () => {
  it('give one whole file and all marks', async () => {
    const batchId = randomUUID();
    const results = await Promise.allSettled([start(batchId).result, start(batchId).result]);
    expect(results.some(({ status }) => status === 'fulfilled')).toBe(true);
    await expectWhole(batchId);
  });
});
