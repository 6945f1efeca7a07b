import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { cacheFolder } from '../../src/embedded/cache-folder.ts';
import { findTemporal } from '../../src/embedded/temporal.ts';
import type { PipelineResult } from '../../src/pipeline/messages.ts';
import { RolloutEntity } from '../../src/rollout/entity.ts';
import { temporaryFolder } from '../dataset/support.ts';
import { startTestEmulator, type TestEmulator } from '../emulator/support.ts';
import { type NightDatabase, nightDatabase, quietRuntime } from './night.ts';
import { jobState, realNight, rowOf, thumbsUp, until, untrained } from './real-night.ts';

const DURATION_MS = 1_500;

let env: TestWorkflowEnvironment;
let emulator: TestEmulator;
let database: NightDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  quietRuntime();
  const cacheDir = await cacheFolder(join(tmpdir(), 'thumbwheel-cache'));
  const path = await findTemporal({ cacheDir, progress: () => undefined });
  [env, emulator, folder] = await Promise.all([
    TestWorkflowEnvironment.createLocal({ server: { executable: { type: 'existing-path', path } } }),
    startTestEmulator({ tuningDurationMs: DURATION_MS }),
    temporaryFolder(),
  ]);
});

afterAll(async () => {
  await env.teardown();
  await emulator.remove();
  await folder.remove();
});

beforeEach(async () => {
  database = await nightDatabase();
  await fetch(`${emulator.url}/__emulator/faults`, { method: 'DELETE' });
});

afterEach(() => database.drop());

const aNight = (settings = {}) =>
  realNight({
    client: env.client,
    connection: env.nativeConnection,
    emulator,
    db: database.db,
    exportDir: folder.path,
    settings,
  });

describe('a night of real parts', () => {
  test('hands its candidate to a rollout that outlives it; the next candidate waits, newest first', async () => {
    await thumbsUp(database.db, 40);
    const night = aNight();
    const worker = await night.worker();
    const [first, history, details, second] = await worker.runUntil(async () => {
      const handle = await night.start();
      const result = await handle.result();
      const metadata = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
      const stored = await handle.fetchHistory();
      await thumbsUp(database.db, 40);
      const tomorrow = { workflowId: `${night.workflowId}-2`, taskQueue: night.taskQueue };
      const next = await env.client.workflow.execute<() => Promise<PipelineResult>>(
        'feedbackPipeline',
        tomorrow,
      );
      return [result, stored, metadata.currentDetails, next] as const;
    });
    expect(first).toMatchObject({ outcome: 'rollout_started', candidate: 'gemini-3.5-flash-lite-ft-001' });
    expect(await env.client.workflow.getHandle('rollout').describe()).toMatchObject({
      type: 'rollout',
      status: { name: 'RUNNING' },
    });
    expect(await rowOf(database.db, night.workflowId)).toMatchObject({
      outcome: 'rollout_started',
      candidate: first.candidate,
      batchId: first.batchId,
      trainingSetId: first.trainingSetId,
      tuningJob: first.trainingJob,
    });
    expect(second).toMatchObject({ outcome: 'candidate_waits', candidate: 'gemini-3.5-flash-lite-ft-002' });
    const waiting = await database.db.getRepository(RolloutEntity).find();
    expect(waiting).toMatchObject([{ state: 'waiting', candidate: second.candidate }]);
    await env.client.workflow.getHandle('rollout').terminate();

    expect(details).toContain('**rollout_started**');
    expect(details).toContain('gemini-3.5-flash-lite-ft-001');
    const json = historyToJSON(history);
    expect(json).not.toContain('Explain ');
    expect(Buffer.byteLength(json)).toBeLessThan(64 * 1024);
    expect(history.events?.length).toBeLessThan(60);
    const summaries = history.events?.filter((event) => event.activityTaskScheduledEventAttributes);
    expect(summaries?.every((event) => event.userMetadata?.summary)).toBe(true);
  });

  test('cancelled while it tunes, cancels the job and frees the examples', async () => {
    await emulator.knob('faults', { fault: 'job-never-ends', times: 1 });
    await thumbsUp(database.db, 40);
    const night = aNight();
    const worker = await night.worker();
    await worker.runUntil(async () => {
      const handle = await night.start();
      await until(handle, ({ trainingJob }) => trainingJob !== null);
      await handle.cancel();
      await expect(handle.result()).rejects.toThrow();
      expect((await handle.describe()).status.name).toBe('CANCELLED');
    });
    const row = await rowOf(database.db, night.workflowId);
    expect(row).toMatchObject({ phase: 'ended', outcome: 'cancelled', endedAt: expect.any(Date) });
    expect(await untrained(database.db)).toBe(40);
    expect(await jobState(emulator, row.tuningJob)).toMatch(/CANCELL/);
  });

  test('goes on when its worker goes away while it waits', async () => {
    await thumbsUp(database.db, 40);
    const night = aNight({ tuningPollIntervalMs: 300 });
    const first = await night.worker();
    const polling = first.run();
    const handle = await night.start();
    await until(handle, ({ trainingJob }) => trainingJob !== null);
    first.shutdown();
    await polling;
    const second = await night.worker();
    const result = await second.runUntil(handle.result());
    expect(result).toMatchObject({ outcome: 'rollout_started' });
    await env.client.workflow.getHandle('rollout').terminate();
  });

  test('lets a second tuning wait while one runs', async () => {
    await thumbsUp(database.db, 40);
    const night = aNight();
    const worker = await night.worker();
    const outcomes = await worker.runUntil(async () => {
      const handle = await night.start();
      await until(handle, ({ trainingJob }) => trainingJob !== null);
      await thumbsUp(database.db, 40);
      const other = { workflowId: `${night.workflowId}-2`, taskQueue: night.taskQueue };
      const second = await env.client.workflow.start<() => Promise<PipelineResult>>(
        'feedbackPipeline',
        other,
      );
      return Promise.all([handle.result(), second.result()]);
    });
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['candidate_waits', 'rollout_started']);
    await env.client.workflow.getHandle('rollout').terminate();
  });
});
