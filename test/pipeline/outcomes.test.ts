import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client, Connection, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { NativeConnection } from '@temporalio/worker';
import type { ActivityDeps, DatasetActivities } from '../../activities/index.ts';
import { createTrainingSetStore } from '../../src/dataset/training-set-store.ts';
import { PipelineRunEntity } from '../../src/pipeline/entity.ts';
import type { PipelineResult } from '../../src/pipeline/messages.ts';
import type { Tuner } from '../../src/tuning/tuner.ts';
import { temporal } from '../setup/servers.ts';
import { type ClockTuner, createClockTuner } from './clock-tuner.ts';
import { type NightDatabase, nightDatabase, nightWith, plainDataset, quietRuntime } from './night.ts';

let connection: NativeConnection;
let client: Client;
let database: NightDatabase;

beforeAll(async () => {
  quietRuntime();
  const { address } = temporal();
  connection = await NativeConnection.connect({ address });
  client = new Client({ connection: await Connection.connect({ address }) });
  database = await nightDatabase();
});

afterAll(async () => {
  await client.connection.close();
  await connection.close();
  await database.drop();
});

interface Given {
  rows?: number;
  examples?: number;
  settings?: Partial<ActivityDeps['settings']>;
  unavailable?: ReturnType<Tuner['whyUnavailable']>;
  /** Stands in for single steps of the dataset room. */
  steps?: Partial<DatasetActivities>;
  /** Liked answers of earlier exports that no tuning has used. */
  untrained?: 'some';
  /** Happens while Google makes the job. */
  whileJobIsMade?: (trainingSetId: string) => Promise<unknown>;
}

async function run({ rows, examples, settings = {}, unavailable, steps = {}, untrained, ...given }: Given) {
  const clock = createClockTuner({ endsAfterMs: 0 });
  const tuner: ClockTuner = {
    ...clock,
    whyUnavailable: () => unavailable,
    createTuningJob: async (request) => {
      await given.whileJobIsMade?.(request.trainingSetId);
      return clock.createTuningJob(request);
    },
  };
  const plain = plainDataset(database.db, {
    ...(rows === undefined ? {} : { rows }),
    ...(examples === undefined ? {} : { examples }),
  });
  const dataset = { ...plain, ...steps };
  const night = nightWith({
    client,
    connection,
    db: database.db,
    tuner,
    dataset,
    settings,
    ...(untrained ? { pipelines: { hasUntrained: () => Promise.resolve(true) } } : {}),
  });
  const worker = await night.worker();
  const handle = await night.start();
  const result: unknown = await worker.runUntil(
    handle.result().catch((error: unknown) => (error instanceof WorkflowFailedError ? error.cause : error)),
  );
  const row = await database.db
    .getRepository(PipelineRunEntity)
    .findOneByOrFail({ workflowId: night.workflowId });
  return { result, row, notes: plain.notes, tuner };
}

describe('a night that has nothing to tune', () => {
  test.each<[PipelineResult['outcome'], string, Given, RegExp]>([
    ['nothing_to_export', 'nobody gave a thumb', { rows: 0, examples: 0 }, /no new thumb/],
    [
      'nothing_to_export',
      'the rest fails its checks',
      { rows: 0, examples: 0, untrained: 'some' },
      /no liked answer/,
    ],
    [
      'tuning_disabled',
      'tuning is off',
      { settings: { feedbackAutoTuneEnabled: false } },
      /FEEDBACK_AUTO_TUNE_ENABLED/,
    ],
    [
      'tuning_disabled',
      'tuning is off and only old thumbs are left',
      { rows: 0, untrained: 'some', settings: { feedbackAutoTuneEnabled: false } },
      /FEEDBACK_AUTO_TUNE_ENABLED/,
    ],
    ['not_enough_samples', 'too few are left', { examples: 9 }, /^9 examples .* is 10$/],
    ['not_enough_samples', 'there were only thumbs down', { examples: 0 }, /^0 examples/],
    [
      'not_enough_samples',
      'too few are left and nothing could be tuned',
      { examples: 9, unavailable: { reason: 'GCS_BUCKET is not set', found: 'before_upload' } },
      /^9 examples/,
    ],
    [
      'tuning_unavailable',
      'there is no bucket',
      { unavailable: { reason: 'GCS_BUCKET is not set', found: 'before_upload' } },
      /GCS_BUCKET/,
    ],
    [
      'tuning_unavailable',
      'a key is all there is',
      { unavailable: { reason: 'GEMINI_PROJECT_ID is not set', found: 'after_upload' } },
      /GEMINI_PROJECT_ID/,
    ],
  ])('ends as %s when %s', async (outcome, _when, given, reason) => {
    const { result, row, tuner } = await run(given);
    expect(result).toMatchObject({ outcome, reason: expect.stringMatching(reason), candidate: null });
    expect(row).toMatchObject({ phase: 'ended', outcome, endedAt: expect.any(Date) });
    expect(row.reason).toMatch(reason);
    expect(tuner.seen.creations).toBe(0);
  });

  test('uploads nothing before it knows that nothing can be tuned', async () => {
    const unavailable = { reason: 'the base ended', found: 'before_upload' } as const;
    const { notes, row } = await run({ unavailable });
    expect(row.trainingSetId).toBeNull();
    expect(notes.releasedSets).toEqual([]);
  });

  test('frees what it uploaded where a key is all there is', async () => {
    const { notes } = await run({ unavailable: { reason: 'no project', found: 'after_upload' } });
    expect(notes.releasedSets).toHaveLength(1);
  });
});

test('an export that can’t be written gives its thumbs back and fails the night with its own type', async () => {
  const exportBatch = () =>
    Promise.reject(ApplicationFailure.nonRetryable('read-only', 'ExportFolderUnusable'));
  const { result, row, notes } = await run({ steps: { exportBatch } });
  expect(result).toMatchObject({ type: 'ExportFolderUnusable', message: 'read-only' });
  expect(row).toMatchObject({ phase: 'ended', outcome: 'failed', reason: 'read-only' });
  expect(notes.releasedBatches).toEqual([row.batchId]);
});

describe('a night whose training set is given up while its job is started', () => {
  test('has the job cancelled, since nobody would look at it', async () => {
    const sets = createTrainingSetStore({ db: database.db });
    const { result, tuner } = await run({
      whileJobIsMade: (id) => sets.release(id, { released: 'its workflow was terminated' }),
    });
    expect(result).toMatchObject({ type: 'TrainingSetReleased' });
    expect(tuner.seen.cancels).toBeGreaterThan(0);
  });
});
