import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { createBatchStore } from '../../src/dataset/batch-store.ts';
import { exportFolder } from '../../src/dataset/export-file.ts';
import { createExporter } from '../../src/dataset/exporter.ts';
import { createTrainingSetStore } from '../../src/dataset/training-set-store.ts';
import { AppError } from '../../src/errors.ts';
import { PipelineRunEntity } from '../../src/pipeline/entity.ts';
import { createPipelineStore } from '../../src/pipeline/store.ts';
import { pipelineLooks } from '../../src/pipeline/watch.ts';
import type { Temporal } from '../../src/platform/temporal/connection.ts';
import { createWatch } from '../../src/platform/watch.ts';
import { type DevServer, devServer, quietRuntime } from '../dataset/export-worker.ts';
import { marks, temporaryFolder } from '../dataset/support.ts';
import { startTestEmulator, type TestEmulator } from '../emulator/support.ts';
import { uniqueTaskQueue } from '../setup/servers.ts';
import { type NightDatabase, nightDatabase, silent } from './night.ts';
import { jobState, realNight, rowOf, thumbsUp, until, untrained } from './real-night.ts';

const THUMBS = 40;

let server: DevServer;
let emulator: TestEmulator;
let database: NightDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  quietRuntime();
  [server, emulator, folder] = await Promise.all([devServer(), startTestEmulator(), temporaryFolder()]);
});

afterAll(async () => {
  await server.close();
  await emulator.remove();
  await folder.remove();
});

beforeEach(async () => {
  database = await nightDatabase();
  await thumbsUp(database.db, THUMBS);
});

afterEach(() => database.drop());

const asked: Temporal['call'] = (work) => work(server.client);

const aNight = () =>
  realNight({
    client: server.client,
    connection: server.native,
    emulator,
    db: database.db,
    exportDir: folder.path,
  });

type Night = ReturnType<typeof aNight>;

function look({ tuner, call = asked }: { tuner: Night['tuner']; call?: Temporal['call'] }): Promise<void> {
  const { db } = database;
  const batches = createBatchStore({ db });
  const looks = pipelineLooks({
    pipelines: createPipelineStore({ db }),
    batches,
    exporter: createExporter({ batches, folder: exportFolder(folder.path), log: silent }),
    trainingSets: createTrainingSetStore({ db }),
    tuner,
    temporal: { call },
    log: silent,
  });
  return createWatch({ db, looks, log: silent }).look();
}

/** A night that waits for a job which never ends. */
async function tuning(night: Night) {
  await emulator.knob('faults', { fault: 'job-never-ends', times: 1 });
  const handle = await night.start();
  await until(handle, ({ trainingJob }) => trainingJob !== null);
  return handle;
}

/** As the Web UI does it: back to the last workflow task that has ended. */
async function reset(handle: WorkflowHandle): Promise<string> {
  const { events } = await handle.fetchHistory();
  const ended = events?.filter((event) => event.workflowTaskCompletedEventAttributes).at(-1);
  const { runId } = await server.client.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: handle.workflowId },
    reason: 'by the test',
    requestId: randomUUID(),
    ...(ended?.eventId ? { workflowTaskFinishEventId: ended.eventId } : {}),
  });
  return runId;
}

const lineOf = (workflowId: string) =>
  database.db.getRepository(PipelineRunEntity).find({ where: { workflowId }, order: { seq: 'ASC' } });

async function untilLine(runId: string): Promise<void> {
  while (!(await database.db.getRepository(PipelineRunEntity).existsBy({ runId }))) await sleep(50);
}

describe('the watch over pipelines', () => {
  test('ends the row of a terminated one, cancels its job and frees its examples', async () => {
    const night = aNight();
    const worker = await night.worker();
    await worker.runUntil(async () => {
      const handle = await tuning(night);
      await handle.terminate('by the test');
    });
    await look(night);
    const row = await rowOf(database.db, night.workflowId);
    expect(row).toMatchObject({ phase: 'ended', outcome: 'terminated', endedAt: expect.any(Date) });
    expect(await untrained(database.db)).toBe(THUMBS);
    expect(await jobState(emulator, row.tuningJob)).toMatch(/CANCELL/);
  });

  test('ends the line of a run that was reset, whose claims and job are the next run’s', async () => {
    const night = aNight();
    const worker = await night.worker();
    await worker.runUntil(async () => {
      const handle = await tuning(night);
      const { tuningJob } = await rowOf(database.db, night.workflowId);
      const next = await reset(handle);
      await untilLine(next);
      await look(night);
      const lines = await lineOf(night.workflowId);
      expect(lines).toMatchObject([
        {
          outcome: 'terminated',
          reason: expect.stringContaining(`was reset and goes on as the run ${next}`),
        },
        { runId: next, phase: 'tuning', tuningJob, endedAt: null },
      ]);
      expect(await untrained(database.db)).toBe(0);
      expect(
        (await createPipelineStore({ db: database.db }).runsOf([tuningJob ?? ''])).get(tuningJob ?? ''),
      ).toEqual({
        workflowId: night.workflowId,
        runId: next,
      });
      await handle.terminate('by the test');
    });
  });

  test('leaves one alone that runs, and all while Temporal cannot be asked', async () => {
    const night = aNight();
    const worker = await night.worker();
    await worker.runUntil(async () => {
      const handle = await tuning(night);
      await look(night);
      expect(await untrained(database.db)).toBe(0);
      await handle.terminate('by the test');
    });
    await look({ ...night, call: () => Promise.reject(new AppError('temporal_unavailable', 'away')) });
    expect(await rowOf(database.db, night.workflowId)).toMatchObject({ outcome: null, endedAt: null });
    expect(await untrained(database.db)).toBe(0);
  });
});

describe('the watch over exports', () => {
  test('gives back the rows that a terminated one has claimed', async () => {
    const { db } = database;
    const { tuner } = aNight();
    const workflowId = `export-${randomUUID()}`;
    // No worker takes it, so that its claim stays as a killed activity leaves it.
    const taskQueue = uniqueTaskQueue();
    const handle = await server.client.workflow.start('exportFeedback', { workflowId, taskQueue });
    const claimed = { batchId: randomUUID(), workflowId, runId: handle.firstExecutionRunId };
    const hooks = { fileExists: async () => false, onChunk: () => undefined };
    await createBatchStore({ db }).claim(claimed, hooks);
    await look({ tuner });
    expect((await marks(db)).every(({ batch_id }) => batch_id === claimed.batchId)).toBe(true);
    await handle.terminate('by the test');
    await look({ tuner });
    expect((await marks(db)).every(({ batch_id }) => batch_id === null)).toBe(true);
    const [batch] = await createBatchStore({ db }).list({ limit: 1 });
    expect(batch).toMatchObject({ state: 'failed', reason: expect.stringContaining('TERMINATED') });
  });
});
