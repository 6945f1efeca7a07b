import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { WorkflowFailedError } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { ModelVersionEntity } from '../../src/models/entity.ts';
import { PipelineRunEntity } from '../../src/pipeline/entity.ts';
import { RolloutEntity } from '../../src/rollout/entity.ts';
import { timeSkippingEnvironment, uniqueTaskQueue } from '../setup/servers.ts';
import { type ClockTuner, createClockTuner, type JobPlan } from './clock-tuner.ts';
import { BASE, type NightDatabase, nightDatabase, nightWith, plainDataset, quietRuntime } from './night.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

let env: TestWorkflowEnvironment;
let database: NightDatabase;

beforeAll(async () => {
  quietRuntime();
  [env, database] = await Promise.all([timeSkippingEnvironment(), nightDatabase()]);
});

afterAll(async () => {
  await env.teardown();
  await database.drop();
});

interface Night {
  tuner: ClockTuner;
  dataset: ReturnType<typeof plainDataset>;
  workflowId: string;
  outcome: Promise<unknown>;
}

/** Runs a night to its end on the skipped clock; `outcome` gives the result or the failure that ended it. */
async function run(plan: JobPlan): Promise<Night> {
  const tuner = createClockTuner(plan);
  const dataset = plainDataset(database.db);
  const { client, nativeConnection: connection } = env;
  const night = nightWith({ client, connection, db: database.db, tuner, dataset });
  const worker = await night.worker();
  const handle = await night.start();
  const outcome = worker.runUntil(handle.result().catch(failureOf));
  await outcome;
  return { tuner, dataset, workflowId: night.workflowId, outcome };
}

function failureOf(error: unknown): unknown {
  return error instanceof WorkflowFailedError ? error.cause : error;
}

const rowOf = (workflowId: string) =>
  database.db.getRepository(PipelineRunEntity).findOneByOrFail({ workflowId });
const versionOf = (trainingJobId: string) =>
  database.db.getRepository(ModelVersionEntity).findOneBy({ trainingJobId });

describe('the wait of up to 24 hours', () => {
  const taskQueue = uniqueTaskQueue();
  let idle: Worker;
  let running: Promise<void>;

  beforeAll(async () => {
    const workflowsPath = new URL('./idle-workflows.ts', import.meta.url).pathname;
    idle = await Worker.create({ connection: env.nativeConnection, taskQueue, workflowsPath });
    running = idle.run();
  });

  afterAll(async () => {
    idle.shutdown();
    await running;
  });

  // A rollout that runs already, so that a candidate of these nights waits: once an abandoned child has ended, the
  // test server skips no more time. It ends itself when the clock has jumped ten years at the end of a test.
  beforeEach(async () => {
    await database.db.getRepository(RolloutEntity).clear();
    await env.client.workflow.start('rollout', {
      workflowId: 'rollout',
      workflowIdConflictPolicy: 'USE_EXISTING',
      taskQueue,
    });
  });

  test('a job that is done at 23 h 59 min counts, and the night stays under 60 events and 64 KB', async () => {
    const night = await run({ endsAfterMs: DAY - MINUTE });
    const candidate = expect.stringMatching(`^${BASE}-ft-\\d{3}$`);
    await expect(night.outcome).resolves.toMatchObject({
      outcome: 'candidate_waits',
      trainingJob: night.tuner.job,
      candidate,
    });
    expect(night.tuner.seen).toMatchObject({ creations: 1, cancels: 0 });
    expect(night.tuner.seen.looks).toBeLessThan(295);
    expect(await versionOf(night.tuner.job)).toMatchObject({
      trafficWeight: 0,
      isActive: false,
      trainingDataSize: 20,
    });
    expect(await rowOf(night.workflowId)).toMatchObject({
      phase: 'ended',
      outcome: 'candidate_waits',
      tuningJob: night.tuner.job,
      candidate,
      endedAt: expect.any(Date),
    });
    const waiting = await database.db.getRepository(RolloutEntity).find();
    expect(waiting).toMatchObject([{ state: 'waiting', candidate }]);
    const history = await env.client.workflow.getHandle(night.workflowId).fetchHistory();
    expect(history.events?.length).toBeLessThan(60);
    expect(Buffer.byteLength(historyToJSON(history))).toBeLessThan(64 * 1024);
  });

  test('a job that is not done after 24 hours is cancelled and fails the night as TuningTimedOut', async () => {
    const night = await run({ endsAfterMs: Number.POSITIVE_INFINITY });
    await expect(night.outcome).resolves.toMatchObject({ type: 'TuningTimedOut' });
    expect(night.tuner.seen.cancels).toBe(1);
    await expectNothingLeft(night, 'tuning_timed_out');
  });

  test('a failed job fails the night as TuningFailed with Google’s words', async () => {
    const end = { state: 'failed', message: 'Line 3: not JSON' } as const;
    const night = await run({ endsAfterMs: 6 * 60 * MINUTE, end });
    await expect(night.outcome).resolves.toMatchObject({
      type: 'TuningFailed',
      message: expect.stringContaining('Line 3: not JSON'),
    });
    expect(night.tuner.seen.cancels).toBe(0);
    await expectNothingLeft(night, 'tuning_failed');
  });

  test('a job that a person cancelled at Google fails the night as TuningCancelled', async () => {
    const end = { state: 'cancelled', message: 'by hand' } as const;
    const night = await run({ endsAfterMs: 60 * MINUTE, end });
    await expect(night.outcome).resolves.toMatchObject({ type: 'TuningCancelled' });
    await expectNothingLeft(night, 'tuning_cancelled');
  });

  test('a job that succeeded without an endpoint is looked at a few times more, then fails the night', async () => {
    const end = { state: 'incomplete', detail: 'succeeded, its endpoint is not there yet' } as const;
    const night = await run({ endsAfterMs: 60 * MINUTE, end });
    await expect(night.outcome).resolves.toMatchObject({ type: 'TuningFailed' });
    expect(night.tuner.seen.looks).toBeGreaterThanOrEqual(12 + 20);
    await expectNothingLeft(night, 'tuning_failed');
  });

  test('time that a job waits for its quota does not count', async () => {
    const night = await run({ quotaMs: 30 * 60 * MINUTE, endsAfterMs: 53 * 60 * MINUTE });
    await expect(night.outcome).resolves.toMatchObject({ outcome: 'candidate_waits' });
  });
});

/** Nothing registered, its examples free again, its row closed. */
async function expectNothingLeft({ tuner, dataset, workflowId }: Night, outcome: string): Promise<void> {
  expect(await versionOf(tuner.job)).toBeNull();
  const row = await rowOf(workflowId);
  expect(row).toMatchObject({ phase: 'ended', outcome, endedAt: expect.any(Date), candidate: null });
  expect(dataset.notes.releasedSets).toEqual([row.trainingSetId]);
  expect(dataset.notes.releasedBatches).toEqual([]);
}
