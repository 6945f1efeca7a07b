import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { WorkflowFailedError } from '@temporalio/client';
import pg from 'pg';
import { type OpenDatabase, openDatabase } from '../platform/postgres/open-database.ts';
import { type DevServer, devServer, exportWorker, quietRuntime } from './export-worker.ts';
import { exporterUnderTest, marks, storeManyThumbs, storeThumbs, temporaryFolder, until } from './support.ts';

quietRuntime();

let server: DevServer;
let database: OpenDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  server = await devServer();
});

afterAll(() => server.close());

beforeEach(async () => {
  database = await openDatabase();
  folder = await temporaryFolder();
});

afterEach(async () => {
  await database.close();
  await folder.remove();
});

const workerHere = () => exportWorker({ server, db: database.db, exportDir: folder.path });

describe('exportFeedback', () => {
  it('exports all when it is given nothing, and tells its story in the Web UI', async () => {
    await storeThumbs(database.db, [{ daysAgo: 30 }, { isPositive: false }]);
    const { worker, start } = await workerHere();
    const handle = await start();
    const { result, details } = await worker.runUntil(async () => ({
      result: await handle.result(),
      details: await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata'),
    }));
    expect(result).toEqual({
      outcome: 'exported',
      batchId: expect.any(String),
      fileName: expect.stringMatching(/^feedback_export_/),
      rows: 2,
      positives: 1,
      leftBehind: 1,
      bytes: expect.any(Number),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(details.currentDetails).toContain(result.fileName);
    const rows = await database.db.query<{ workflow_id: string; run_id: string }[]>(
      'SELECT workflow_id, run_id FROM export_batches',
    );
    expect(rows).toEqual([{ workflow_id: handle.workflowId, run_id: handle.firstExecutionRunId }]);
  });

  it('keeps what was asked and answered out of its history', async () => {
    await storeThumbs(database.db, [{ prompt: 'a very private question', response: 'a private answer' }]);
    const { worker, start } = await workerHere();
    const handle = await start({ days: 7 });
    await worker.runUntil(handle.result());
    const stored = JSON.stringify(await handle.fetchHistory());
    const payloads = [...stored.matchAll(/"data":"([^"]+)"/g)].map(([, data = '']) =>
      Buffer.from(data, 'base64'),
    );
    const history = `${stored}${Buffer.concat(payloads)}`;
    expect(history).not.toContain('private');
    expect(history).toContain('feedback_export_');
  });

  it('says that there is nothing to export', async () => {
    const { worker, start } = await workerHere();
    const result = await worker.runUntil(async () => (await start({ mark: true })).result());
    expect(result).toMatchObject({ outcome: 'nothing_to_export', rows: 0, fileName: null });
  });

  it('fails at once on a wrong input and says what is wrong', async () => {
    await storeThumbs(database.db, [{}]);
    const { worker, start } = await workerHere();
    const failure = await worker.runUntil(async () =>
      (await start({ days: '7' })).result().catch((error) => error),
    );
    expect(failure).toBeInstanceOf(WorkflowFailedError);
    expect(failure.cause).toMatchObject({ type: 'InvalidInput', nonRetryable: true });
    expect(failure.cause.message).toContain('days is "7", not a whole number from 1 to 3650');
    expect(await marks(database.db)).toMatchObject([{ batch_id: null }]);
  });

  it('fails at once on an input that nobody can read', async () => {
    const { worker, taskQueue } = await workerHere();
    const workflowId = `unreadable-${taskQueue}`;
    await server.client.workflowService.startWorkflowExecution({
      namespace: 'default',
      workflowId,
      workflowType: { name: 'exportFeedback' },
      taskQueue: { name: taskQueue },
      input: { payloads: [{ metadata: { encoding: Buffer.from('weird/stuff') }, data: Buffer.from('?') }] },
    });
    const handle = server.client.workflow.getHandle(workflowId);
    const failure = await worker.runUntil(handle.result().catch((error) => error));
    expect(failure.cause).toMatchObject({ type: 'InvalidInput', nonRetryable: true });
    expect(failure.cause.message).toContain('encoding weird/stuff');
  });

  it('takes nothing when it is cancelled before it began', async () => {
    await storeThumbs(database.db, [{}]);
    const { worker, start } = await workerHere();
    const handle = await start();
    await handle.cancel();
    await worker.runUntil(expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError));
    expect((await handle.describe()).status.name).toBe('CANCELLED');
    expect(await marks(database.db)).toMatchObject([{ batch_id: null }]);
  });

  it('gives its rows back when it is cancelled while it writes', async () => {
    await storeManyThumbs(database.db, 30_000, 1_000);
    const other = new pg.Client({ connectionString: database.url });
    await other.connect();
    const { worker, start } = await workerHere();
    const handle = await start();
    await worker.runUntil(async () => {
      await until(async () => (await database.db.query('SELECT 1 FROM export_batches')).length > 0);
      await other.query('BEGIN');
      await other.query('LOCK TABLE ai_feedback IN ACCESS EXCLUSIVE MODE');
      await handle.cancel();
      await other.query('ROLLBACK');
      await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);
    });
    await other.end();
    expect((await handle.describe()).status.name).toBe('CANCELLED');
    const claimed = await database.db.query(
      'SELECT 1 FROM ai_feedback WHERE batch_id IS NOT NULL OR exported',
    );
    expect(claimed).toEqual([]);
    expect(await readdir(folder.path)).toEqual([]);
    expect(await database.db.query('SELECT state, outcome FROM export_batches')).toEqual([
      { state: 'failed', outcome: 'failed' },
    ]);
  });

  it('fails without retry when the folder can’t be used, names the variable, and loses nothing', async () => {
    await storeThumbs(database.db, [{}]);
    await rm(folder.path, { recursive: true });
    await writeFile(folder.path, 'a file in its place');
    const { worker, start } = await workerHere();
    const failure = await worker.runUntil(async () => (await start()).result().catch((error) => error));
    expect(failure.cause.cause).toMatchObject({ type: 'ExportFolderUnusable' });
    expect(failure.cause.cause.message).toContain('FEEDBACK_EXPORT_DIR');
    const elsewhere = exporterUnderTest(database.db, join(folder.path, '..', 'thumbwheel-elsewhere'));
    const next = await elsewhere.run();
    expect(next).toMatchObject({ rows: 1 });
    await rm(join(folder.path, '..', 'thumbwheel-elsewhere', next.fileName ?? ''));
  });
});
