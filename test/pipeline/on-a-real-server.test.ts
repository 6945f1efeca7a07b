import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { createDatasetActivities } from '../../activities/dataset.ts';
import { createCloudStorage } from '../../src/dataset/cloud-storage.ts';
import { cacheFolder } from '../../src/embedded/cache-folder.ts';
import { findTemporal } from '../../src/embedded/temporal.ts';
import { baseModelTable } from '../../src/gemini/base-models.ts';
import type { GeminiConnection } from '../../src/gemini/connection.ts';
import { PipelineRunEntity } from '../../src/pipeline/entity.ts';
import type { PipelineResult, PipelineState } from '../../src/pipeline/messages.ts';
import { RolloutEntity } from '../../src/rollout/entity.ts';
import { createGeminiTuner } from '../../src/tuning/gemini-tuner.ts';
import { storeThumbs, temporaryFolder } from '../dataset/support.ts';
import { dataRows, startTestEmulator, type TestEmulator } from '../emulator/support.ts';
import { type NightDatabase, nightDatabase, nightWith, quietRuntime, silent } from './night.ts';

const DURATION_MS = 1_500;
const QUICK = { tuningPollIntervalMs: 200, tuningTimeoutMs: 30_000 };

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
}, 60_000);

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

/** A night whose rooms are all real; Google is the emulator. */
function vertexAt(baseUrl: string, projectId: string): GeminiConnection {
  return { wire: 'vertex', projectId, servingLocation: 'us', apiKey: 'local', baseUrl };
}

function realNight(settings = {}) {
  const project = `p-${randomUUID().slice(0, 8)}`;
  const bucket = 'training';
  const { db } = database;
  return nightWith({
    client: env.client,
    connection: env.nativeConnection,
    db,
    settings: { ...QUICK, ...settings },
    dataset: createDatasetActivities({
      db,
      exportDir: folder.path,
      datasetStore: createCloudStorage({ bucket, projectId: project, url: emulator.url }),
      log: silent,
    }),
    tuner: createGeminiTuner({
      connection: vertexAt(emulator.url, project),
      location: 'us-central1',
      bucket,
      epochCount: 3,
      baseModels: baseModelTable({}),
      log: silent,
    }),
  });
}

const thumbsUp = (count: number) =>
  storeThumbs(
    database.db,
    dataRows()
      .slice(0, count)
      .map(({ code, question }) => ({ prompt: `Explain ${code}`, response: `${question} and so on` })),
  );

const rowOf = (workflowId: string) =>
  database.db.getRepository(PipelineRunEntity).findOneByOrFail({ workflowId });

async function until(handle: WorkflowHandle, met: (state: PipelineState) => boolean): Promise<PipelineState> {
  for (;;) {
    const state = await handle.query<PipelineState>('state');
    if (met(state)) return state;
    await new Promise((done) => setTimeout(done, 50));
  }
}

describe('a night of real parts', () => {
  test('hands its candidate to a rollout that outlives it; the next candidate waits, newest first', async () => {
    await thumbsUp(40);
    const night = realNight();
    const worker = await night.worker();
    const [first, history, details, second] = await worker.runUntil(async () => {
      const handle = await night.start();
      const result = await handle.result();
      const metadata = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
      const stored = await handle.fetchHistory();
      await thumbsUp(40);
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
    expect(await rowOf(night.workflowId)).toMatchObject({
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
  }, 60_000);

  test('cancelled while it tunes, cancels the job and frees the examples', async () => {
    await emulator.knob('faults', { fault: 'job-never-ends', times: 1 });
    await thumbsUp(40);
    const night = realNight();
    const worker = await night.worker();
    await worker.runUntil(async () => {
      const handle = await night.start();
      await until(handle, ({ trainingJob }) => trainingJob !== null);
      await handle.cancel();
      await expect(handle.result()).rejects.toThrow();
      expect((await handle.describe()).status.name).toBe('CANCELLED');
    });
    const row = await rowOf(night.workflowId);
    expect(row).toMatchObject({ phase: 'ended', outcome: 'cancelled', endedAt: expect.any(Date) });
    const free: unknown[] = await database.db.query(
      'SELECT 1 FROM ai_feedback WHERE training_set_id IS NULL',
    );
    expect(free).toHaveLength(40);
    expect(await jobState(row.tuningJob)).toMatch(/CANCELL/);
  }, 60_000);

  test('goes on when its worker goes away while it waits', async () => {
    await thumbsUp(40);
    const night = realNight({ tuningPollIntervalMs: 300 });
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
  }, 60_000);

  test('lets a second tuning wait while one runs', async () => {
    await thumbsUp(40);
    const night = realNight();
    const worker = await night.worker();
    const outcomes = await worker.runUntil(async () => {
      const handle = await night.start();
      await until(handle, ({ trainingJob }) => trainingJob !== null);
      await thumbsUp(40);
      const other = { workflowId: `${night.workflowId}-2`, taskQueue: night.taskQueue };
      const second = await env.client.workflow.start<() => Promise<PipelineResult>>(
        'feedbackPipeline',
        other,
      );
      return Promise.all([handle.result(), second.result()]);
    });
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['candidate_waits', 'rollout_started']);
    await env.client.workflow.getHandle('rollout').terminate();
  }, 60_000);
});

async function jobState(job: string | null): Promise<string> {
  const answer = await fetch(`${emulator.url}/v1beta1/${job}`, { headers: { 'x-goog-api-key': 'local' } });
  const { state }: { state: string } = JSON.parse(await answer.text());
  return state;
}
