import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import type { DataSource } from 'typeorm';
import { createRolloutActivities } from '../../activities/rollout.ts';
import { cacheFolder } from '../../src/embedded/cache-folder.ts';
import { findTemporal } from '../../src/embedded/temporal.ts';
import { createRegistry } from '../../src/models/registry.ts';
import { createDataSource } from '../../src/platform/postgres/data-source.ts';
import { createFiguresStore } from '../../src/rollout/figures-store.ts';
import type { GatePlan } from '../../src/rollout/plan.ts';
import { createRolloutStore } from '../../src/rollout/store.ts';
import { createStrataStore } from '../../src/rollout/strata-store.ts';
import type { RolloutView } from '../../src/rollout/view.ts';
import type { rollout } from '../../workflows/rollout.ts';
import { until } from '../journeys/support/until.ts';
import {
  type TestDatabase,
  testDatabase,
  timeSkippingEnvironment,
  uniqueTaskQueue,
  workflowBundle,
} from '../setup/servers.ts';
import { DEFAULT_GATE } from './builders.ts';

export const BASELINE = 'gemini-3.5-flash-lite';
export const CANDIDATE = 'gemini-4-flash';

/** Their types as codes of temporal.api.enums.v1.IndexedValueType: Keyword 2, Int 3. */
const SEARCH_ATTRIBUTES = { ModelVersion: 2, RolloutStage: 3, RolloutVerdict: 2 };

export type RolloutHandle = WorkflowHandle<typeof rollout>;

export interface RolloutWorld {
  env: TestWorkflowEnvironment;
  db: DataSource;
  databaseUrl: string;
  taskQueue: string;
  registry: ReturnType<typeof createRegistry>;
  store: ReturnType<typeof createRolloutStore>;
  activities: ReturnType<typeof createRolloutActivities>;
  start: (input?: Record<string, unknown>) => Promise<RolloutHandle>;
  /** Thumbs under answers that were served in the given stage, in shuffled arms; the next check may read them. */
  rate: (thumbs: Thumbs) => Promise<void>;
  handle: (workflowId: string) => RolloutHandle;
  /** Versions that get traffic, with their percent. */
  weights: () => Promise<Record<string, number>>;
  /** Waits until the rollout has continued as new so many times more. */
  run: (handle: RolloutHandle, times: number) => Promise<void>;
  temporal: { call: <T>(work: (client: Client) => Promise<T>) => Promise<T> };
  /** Ends what a test left running and gives the baseline everything. */
  reset: () => Promise<void>;
  close: () => Promise<void>;
}

export interface Thumbs {
  rolloutId: string;
  stage: number;
  candidate: { up: number; down: number };
  baseline: { up: number; down: number };
}

/** Keeps the SDK's own lines out of the test's output; once per test file. */
export function quietRuntime(): void {
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { forward: {}, filter: 'OFF' } },
  });
}

export interface WorldOptions {
  gate?: Partial<GatePlan>;
  environment?: () => Promise<TestWorkflowEnvironment>;
}

async function timeSkipping(): Promise<TestWorkflowEnvironment> {
  const env = await timeSkippingEnvironment();
  await env.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: SEARCH_ATTRIBUTES,
  });
  return env;
}

/** A real server that suggests to continue as new after so few events that a test can wait for it. */
export async function shortHistories(): Promise<TestWorkflowEnvironment> {
  const cacheDir = await cacheFolder(join(tmpdir(), 'thumbwheel-cache'));
  const path = await findTemporal({ cacheDir, progress: () => undefined });
  const env = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path },
      extraArgs: ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=40'],
    },
  });
  await env.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: SEARCH_ATTRIBUTES,
  });
  return env;
}

/** A database, a time-skipping Temporal server and a worker with the real workflow and activities. */
export async function aRolloutWorld({
  gate = {},
  environment = timeSkipping,
}: WorldOptions = {}): Promise<RolloutWorld> {
  const database: TestDatabase = await testDatabase();
  const log = pino({ level: 'silent' });
  const db = await createDataSource({ url: database.url, log, statements: 'unbounded' }).initialize();
  const registry = createRegistry({ db });
  const store = createRolloutStore({ db });
  await registry.registerBase(CANDIDATE);
  const activities = createRolloutActivities({
    registry,
    store,
    strata: createStrataStore({ db }),
    figures: createFiguresStore({ db }),
    defaults: { stages: [10, 50, 100], gate: { ...DEFAULT_GATE, ...gate } },
    searchAttributes: true,
    log,
  });
  const env = await environment();
  const taskQueue = uniqueTaskQueue();
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue,
    workflowBundle: workflowBundle(),
    activities,
  });
  const running = worker.run();
  return {
    env,
    db,
    databaseUrl: database.url,
    taskQueue,
    registry,
    store,
    activities,
    start: (input = {}) =>
      env.client.workflow.start<typeof rollout>('rollout', {
        workflowId: 'rollout',
        taskQueue,
        args: [{ candidate: CANDIDATE, ...input }],
      }),
    rate: async (thumbs) => {
      await rate(db, thumbs);
      await settled(db);
    },
    handle: (workflowId) => env.client.workflow.getHandle<typeof rollout>(workflowId),
    weights: async () => {
      const { weights } = await registry.traffic();
      return Object.fromEntries(Object.entries(weights).filter(([, percent]) => percent > 0));
    },
    run: async (handle, times) => {
      const seen = new Set<string>();
      while (seen.size <= times) {
        seen.add((await handle.describe()).runId);
        await pause(50);
      }
    },
    temporal: { call: (work) => work(env.client) },
    reset: async () => {
      const last = env.client.workflow.getHandle('rollout');
      await last.terminate('the test is over').catch(() => undefined);
      await registry.setWeights({
        weights: { [BASELINE]: 100 },
        setBy: 'person',
        reason: 'the test is over',
      });
      await db.query("UPDATE rollouts SET ended_at = now(), state = 'superseded' WHERE ended_at IS NULL");
    },
    close: async () => {
      worker.shutdown();
      await running;
      await env.teardown();
      await db.destroy();
      await database.drop();
    },
  };
}

/** Asks the workflow until its state is as wanted; the test server's time stands still meanwhile. */
export async function stateWhere(
  handle: RolloutHandle,
  wanted: (state: RolloutView) => boolean,
): Promise<RolloutView> {
  let last: RolloutView | undefined;
  for (let tries = 0; tries < 200; tries++) {
    const state = await handle.query<RolloutView>('state');
    if ('rolloutId' in state && wanted(state)) return state;
    last = state;
    await pause(50);
  }
  throw new Error(`the state is not as wanted: ${JSON.stringify(last)}`);
}

export function inStage(percent: number) {
  return (state: RolloutView) => state.stage === percent && state.stageBeganAt !== null;
}

export async function rate(db: DataSource, { rolloutId, stage, candidate, baseline }: Thumbs): Promise<void> {
  const thumbs = [
    ...repeated(candidate.up, { version: CANDIDATE, up: true }),
    ...repeated(candidate.down, { version: CANDIDATE, up: false }),
    ...repeated(baseline.up, { version: BASELINE, up: true }),
    ...repeated(baseline.down, { version: BASELINE, up: false }),
  ];
  // Spread evenly, so that each stratum holds its share of every kind.
  const mixed = thumbs.map((thumb, i) => ({ thumb, at: (i * 0.618034) % 1 })).sort((a, b) => a.at - b.at);
  await db.query(
    `INSERT INTO ai_feedback (created_at, feedback_at, request_id, request_type, prompt, response, is_positive, model_version, rollout_id, rollout_stage)
     SELECT now() - interval '1 minute', now() - interval '1 minute', id, 'explain', 'p', 'r', up, version, $4, $5
     FROM unnest($1::text[], $2::boolean[], $3::text[]) AS thumb (id, up, version)`,
    [
      mixed.map(() => randomUUID()),
      mixed.map(({ thumb }) => thumb.up),
      mixed.map(({ thumb }) => thumb.version),
      rolloutId,
      stage,
    ],
  );
}

/**
 * Waits until no transaction of the whole server is older than now: one of another test, in another database, holds
 * back what may be read as well.
 */
export async function settled(db: DataSource): Promise<void> {
  const [now]: { id: string }[] = await db.query('SELECT pg_current_xact_id()::text AS id');
  await until('older transactions have ended', async () => {
    const [row]: { over: boolean }[] = await db.query(
      'SELECT pg_snapshot_xmin(pg_current_snapshot()) > $1::xid8 AS over',
      [now?.id],
    );
    return row?.over;
  });
}

function repeated<T>(times: number, value: T): T[] {
  return Array.from({ length: times }, () => value);
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
