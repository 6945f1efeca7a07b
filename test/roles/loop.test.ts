import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { z } from 'zod';
import { until } from '../journeys/support/until.ts';
import { type Deployment, deploy, type Replica } from './deployment.ts';

const BASE = 'gemini-3.5-flash-lite';
const TUNED = `${BASE}-ft-001`;
/** Strings that a person wrote or a caller sent; none may be found in any log. */
const MARKS = {
  code: 'marked_code_7f3a',
  comment: 'marked comment 7f3a',
  correction: 'marked correction 7f3a',
  key: 'marked-key-7f3a',
};

let deployment: Deployment;
beforeAll(async () => {
  deployment = await deploy({
    FEEDBACK_AUTO_TUNE_ENABLED: 'true',
    FEEDBACK_MIN_SAMPLES_FOR_TUNE: '20',
    EMULATOR_TUNING_DURATION: '10s',
    TUNING_POLL_INTERVAL: '2s',
  });
});
afterAll(() => deployment.close());

describe('api and worker as processes of their own', () => {
  test('take thumbs to a tuned model on trial, though the worker is killed in an export and in the tuning wait', async () => {
    const api = await deployment.start('api');
    const first = await deployment.start('worker');
    await rateThirty(api);
    await rateMarked(api);

    expect((await api.post('/api/v1/pipelines', {})).status).toBe(202);
    await until('the model is being tuned', async () => (await newestRun(api)).phase === 'tuning');
    await killInTheMiddleOfAnExport(api, first);

    const second = await deployment.start('worker');
    const run = await until('the pipeline has ended', async () => {
      const seen = await newestRun(api);
      return seen.outcome !== null && seen;
    });
    expect(run).toMatchObject({ outcome: 'rollout_started', candidate: TUNED });
    await until('the export is finished', async () => (await exportsOf(api)).includes('exported:1'));
    expect(await exportsOf(api)).toEqual(['exported:1', 'exported:31']);

    await until('the tuned model has its first traffic', async () => (await weightOf(api, TUNED)) === 10);
    expect(await weightOf(api, BASE)).toBe(90);
    expect(await api.get('/api/v1/rollouts/current')).toMatchObject({
      status: 200,
      info: { candidate: TUNED, baseline: BASE, stage: 10, outcome: null },
    });
    expect(await tuningJobs()).toHaveLength(1);
    await stopInOrder(api, second);
    expectStory(`${api.program.output()}${first.program.output()}${second.program.output()}`);
  }, 400_000);
});

async function rateThirty(api: Replica): Promise<void> {
  for (let asked = 0; asked < 30; asked += 1) {
    const { requestId } = await api.ask();
    expect((await api.thumb(requestId, true)).status).toBe(201);
  }
}

async function rateMarked(api: Replica): Promise<void> {
  const response = await fetch(`${api.baseUrl}/api/v1/ai/explain`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-assignment-key': MARKS.key },
    body: JSON.stringify({ code: `${MARKS.code} = 1`, language: 'python' }),
  });
  const { info } = z.object({ info: z.object({ request_id: z.string() }) }).parse(await response.json());
  const { comment, correction } = MARKS;
  const thumb = { is_positive: true, comment, correction };
  expect((await api.post(`/api/v1/ai/feedback/${info.request_id}`, thumb)).status).toBe(201);
  // A second time, and a wrong one: refusals must not quote what they refuse.
  await api.post(`/api/v1/ai/feedback/${info.request_id}`, { ...thumb, is_positive: MARKS.comment });
  await api.post('/api/v1/ai/hint', { code: MARKS.code, level: MARKS.code });
}

/** The claim is held up by a lock, so that the worker dies in it for certain. */
async function killInTheMiddleOfAnExport(api: Replica, worker: Replica): Promise<void> {
  expect((await api.thumb((await api.ask()).requestId, true)).status).toBe(201);
  const holder = new pg.Client({ connectionString: deployment.database.url });
  await holder.connect();
  await holder.query('BEGIN');
  await holder.query('LOCK TABLE ai_feedback IN SHARE ROW EXCLUSIVE MODE');
  expect((await api.post('/api/v1/exports', {})).status).toBe(202);
  await until('the export waits for the lock', async () => {
    const waiting = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%UPDATE ai_feedback SET batch_id%' AND datname = current_database()`;
    return (await deployment.sql(waiting)).length > 0;
  });
  worker.program.signal('SIGKILL');
  expect(await worker.program.ended).toBe('SIGKILL');
  await holder.query('ROLLBACK');
  await holder.end();
}

const Runs = z.object({
  items: z.array(
    z.object({ phase: z.string(), outcome: z.string().nullable(), candidate: z.string().nullable() }),
  ),
});

async function newestRun(api: Replica) {
  const [run] = Runs.parse((await api.get('/api/v1/pipelines')).info).items;
  return run ?? { phase: 'none', outcome: null, candidate: null };
}

const Batches = z.object({ items: z.array(z.object({ outcome: z.string().nullable(), rows: z.int() })) });

/** Newest first, such as `exported:31`. */
async function exportsOf(api: Replica): Promise<string[]> {
  const { items } = Batches.parse((await api.get('/api/v1/exports')).info);
  return items.map(({ outcome, rows }) => `${outcome}:${rows}`);
}

const Models = z.object({
  items: z.array(z.object({ version_name: z.string(), traffic_weight: z.number() })),
});

async function weightOf(api: Replica, version: string): Promise<number | undefined> {
  const { items } = Models.parse((await api.get('/api/v1/models')).info);
  return items.find(({ version_name }) => version_name === version)?.traffic_weight;
}

async function tuningJobs(): Promise<unknown[]> {
  const response = await fetch(`${deployment.emulatorUrl}/__emulator/state`);
  return Object.values(
    z
      .object({ jobs: z.looseObject({}) })
      .or(z.object({ jobs: z.array(z.unknown()) }))
      .parse(await response.json()).jobs,
  );
}

async function stopInOrder(...replicas: Replica[]): Promise<void> {
  for (const { program } of replicas) program.signal('SIGTERM');
  expect(await Promise.all(replicas.map(({ program }) => program.ended))).toEqual(replicas.map(() => 0));
}

/** Every event that the contract names, and nothing that a person wrote. */
function expectStory(logs: string): void {
  const events = [
    'feedback_export.claimed',
    'feedback_export.written',
    'feedback_export.finished',
    'feedback_context.hit',
    'tuning.started',
    'tuning.succeeded',
    'models.active',
  ];
  for (const event of events) expect(logs).toContain(`"event":"${event}"`);
  expect(logs).toMatch(/"event":"rollout\./);
  expect(logs).toContain(`Active model: ${BASE} with 100% traffic`);
  expect(logs).toContain(`Active model: ${TUNED} with 10% traffic`);
  for (const mark of Object.values(MARKS)) expect(logs).not.toContain(mark);
  for (const secret of ['a-token-that-all-replicas-share', 'a-key-of-the-emulator'])
    expect(logs).not.toContain(secret);
  expect(logs).not.toMatch(/def [a-z_]+\(/);
}
