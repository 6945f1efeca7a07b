import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { AppError } from '../../src/errors.ts';
import { webUiLinks } from '../../src/platform/temporal/links.ts';
import { createRolloutRoutes } from '../../src/rollout/routes.ts';
import { type Served, serve } from '../models/serve.ts';
import {
  aRolloutWorld,
  BASELINE,
  CANDIDATE,
  inStage,
  quietRuntime,
  type RolloutWorld,
  stateWhere,
} from './world.ts';

const PATH = '/api/v1/rollouts';
const NOBODY = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';

let world: RolloutWorld;
let served: Served;

beforeAll(async () => {
  quietRuntime();
  world = await aRolloutWorld();
  served = await serve(routes());
});

afterEach(() => world.reset());
afterAll(async () => {
  await served.close();
  await world.close();
});

function routes(call: RolloutWorld['temporal']['call'] = world.temporal.call) {
  const { store, registry, taskQueue } = world;
  const links = webUiLinks('http://ui.test', 'default');
  return createRolloutRoutes({
    store,
    registry,
    temporal: { call },
    links,
    taskQueue,
    log: pino({ level: 'silent' }),
  });
}

async function startedByHttp(body: Record<string, unknown> = {}): Promise<string> {
  const { status, body: answer } = await served.call('POST', PATH, { candidate: CANDIDATE, ...body });
  expect({ status, state: field(answer.info, 'state') }).toEqual({ status: 202, state: 'started' });
  await stateWhere(world.handle('rollout'), inStage(10));
  return String(field(answer.info, 'id'));
}

function field(info: unknown, name: string): unknown {
  return typeof info === 'object' && info !== null ? Reflect.get(info, name) : undefined;
}

describe('Rollouts over HTTP', () => {
  test('start, are shown live as current and by id, and are listed', async () => {
    const id = await startedByHttp({ gate: { min_samples: 70, minDuration: '2h' } });
    const { body: current } = await served.call('GET', `${PATH}/current`);
    expect(current.info).toMatchObject({
      id,
      candidate: CANDIDATE,
      baseline: BASELINE,
      state: 'minimum_time',
      stage: 10,
      weights: { [CANDIDATE]: 10, [BASELINE]: 90 },
      paused: false,
      verdict: 'no-evidence',
      plan: { gate: { min_samples: 70, min_duration_ms: 7_200_000 } },
      workflow_id: 'rollout',
    });
    expect(field(current.info, 'web_ui_url')).toMatch(
      /^http:\/\/ui\.test\/namespaces\/default\/workflows\/rollout\//,
    );
    const { body: list } = await served.call('GET', `${PATH}?limit=1`);
    expect(field(list.info, 'items')).toMatchObject([{ id, state: 'minimum_time', verdict: 'no-evidence' }]);
  });

  test('wait while one runs, the newest first, older ones superseded', async () => {
    await startedByHttp();
    const first = await served.call('POST', PATH, { candidate: CANDIDATE });
    const second = await served.call('POST', PATH, { candidate: CANDIDATE });
    expect([first.status, field(first.body.info, 'state')]).toEqual([202, 'waiting']);
    expect(field(second.body.info, 'state')).toBe('waiting');
    const early = await served.call('POST', `${PATH}/${field(second.body.info, 'id')}/promote`, {});
    expect([early.status, early.body.error?.code]).toEqual([409, 'stale']);
    const { body } = await served.call('GET', `${PATH}/${field(first.body.info, 'id')}`);
    expect(field(body.info, 'state')).toBe('superseded');
  });

  test('are steered, no-ops included, and keep their history', async () => {
    const id = await startedByHttp();
    const paused = await served.call('POST', `${PATH}/${id}/pause`, { reason: 'lunch', expected_stage: 10 });
    expect(paused.status).toBe(200);
    expect(paused.body.info).toMatchObject({ id, state: 'paused', paused: true });
    expect((await served.call('POST', `${PATH}/${id}/pause`)).status).toBe(200);
    expect((await served.call('POST', `${PATH}/current/promote`, {})).body.info).toMatchObject({ stage: 50 });
    await stateWhere(world.handle('rollout'), inStage(50));
    expect((await served.call('POST', `${PATH}/${id}/rollback`, { reason: 'no' })).status).toBe(200);
    await world.handle('rollout').result();
    const { body } = await served.call('GET', `${PATH}/${id}`);
    expect(body.info).toMatchObject({ outcome: 'rolled_back', ended_by: 'hand' });
    expect(field(body.info, 'history')).toMatchObject([
      { what: 'paused', source: 'hand', from_stage: 10, to_stage: 10 },
      { what: 'advanced', from_stage: 10, to_stage: 50 },
      { what: 'rolling-back' },
      { what: 'rolled-back' },
    ]);
  });

  test('refuse what is stale and what comes after the end', async () => {
    const id = await startedByHttp();
    const stale = await served.call('POST', `${PATH}/${id}/promote`, { expected_stage: 50 });
    expect([stale.status, stale.body.error?.code]).toEqual([409, 'stale']);
    await served.call('POST', `${PATH}/${id}/rollback`, {});
    await world.handle('rollout').result();
    const ended = await served.call('POST', `${PATH}/${id}/pause`, {});
    expect([ended.status, ended.body.error?.code]).toEqual([409, 'rollout_ended']);
    const current = await served.call('GET', `${PATH}/current`);
    expect([current.status, current.body.error?.code]).toEqual([404, 'not_found']);
  });

  test('take metrics samples from outside', async () => {
    const id = await startedByHttp();
    const sample = {
      model_version: CANDIDATE,
      positives: 3,
      negatives: 1,
      latency_p95_ms: 900,
      window: 'PT5M',
    };
    expect((await served.call('POST', `${PATH}/${id}/metrics`, sample)).status).toBe(202);
    const { outside } = await stateWhere(
      world.handle('rollout'),
      (state) => state.outside.candidate.samples === 1,
    );
    expect(outside.candidate).toMatchObject({ positives: 3, negatives: 1, latencyP95Ms: 900 });
    const bad = await served.call('POST', `${PATH}/${id}/metrics`, { ...sample, window: 'soon' });
    expect([bad.status, bad.body.error?.code]).toEqual([400, 'invalid_input']);
    const odd = await served.call('POST', `${PATH}/${id}/metrics`, { ...sample, requests: 1, errors: 2 });
    expect(odd.body.error?.details).toMatchObject([{ field: 'errors' }]);
    await world.handle('rollout').terminate('by the test');
    const ended = await served.call('POST', `${PATH}/${id}/metrics`, sample);
    expect([ended.status, ended.body.error?.code]).toEqual([409, 'rollout_ended']);
  });

  test.each([
    {
      title: 'an unknown candidate',
      body: { candidate: 'nobody' },
      status: 404,
      code: 'not_found',
      at: undefined,
    },
    {
      title: 'the baseline against itself',
      body: { candidate: BASELINE },
      status: 400,
      code: 'invalid_input',
      at: 'baseline',
    },
    { title: 'no candidate', body: {}, status: 400, code: 'invalid_input', at: 'candidate' },
    {
      title: 'falling stages',
      body: { candidate: CANDIDATE, stages: [50, 10] },
      status: 400,
      code: 'invalid_input',
      at: 'stages',
    },
    {
      title: 'an unknown field',
      body: { candidate: CANDIDATE, mood: 1 },
      status: 400,
      code: 'invalid_input',
      at: 'mood',
    },
    {
      title: 'an unknown gate key',
      body: { candidate: CANDIDATE, gate: { mood: 1 } },
      status: 400,
      code: 'invalid_input',
      at: 'gate.mood',
    },
    {
      title: 'a bad duration',
      body: { candidate: CANDIDATE, gate: { bake: 'long' } },
      status: 400,
      code: 'invalid_input',
      at: 'gate.bake',
    },
    {
      title: 'a bad gate key, by its name',
      body: { candidate: CANDIDATE, gate: { min_samples: -1 } },
      status: 400,
      code: 'invalid_input',
      at: 'gate.min_samples',
    },
    {
      title: 'a gate key in both spellings',
      body: { candidate: CANDIDATE, gate: { min_samples: 60, minSamples: 70 } },
      status: 400,
      code: 'invalid_input',
      at: 'gate.min_samples',
    },
  ])('refuse $title', async ({ body, status, code, at }) => {
    const answer = await served.call('POST', PATH, body);
    expect([answer.status, answer.body.error?.code]).toEqual([status, code]);
    if (at !== undefined) expect(answer.body.error?.details).toMatchObject([{ field: at }]);
  });

  test('are 404 where no rollout has the id, 400 where it is none', async () => {
    expect((await served.call('GET', `${PATH}/${NOBODY}`)).status).toBe(404);
    expect((await served.call('POST', `${PATH}/${NOBODY}/pause`, {})).status).toBe(404);
    expect((await served.call('GET', `${PATH}/..%2f..`)).status).toBeGreaterThanOrEqual(400);
  });

  test('are 503 with Retry-After where Temporal is away, and shown from the database', async () => {
    const id = await startedByHttp();
    const away = await serve(
      routes(() => Promise.reject(new AppError('temporal_unavailable', 'away', { retryAfterSeconds: 5 }))),
    );
    const answer = await away.call('POST', `${PATH}/${id}/pause`, {});
    expect([answer.status, answer.body.error?.code, answer.headers.get('retry-after')]).toEqual([
      503,
      'temporal_unavailable',
      '5',
    ]);
    expect((await away.call('GET', `${PATH}/${id}`)).body.info).toMatchObject({ id, stage: 10 });
    expect((await away.call('POST', PATH, { candidate: CANDIDATE })).status).toBe(503);
    expect(await world.store.newestWaiting()).toBeNull();
    const waits = await served.call('POST', PATH, { candidate: CANDIDATE });
    expect((await away.call('POST', PATH, { candidate: CANDIDATE })).status).toBe(503);
    expect((await world.store.newestWaiting())?.id).toBe(field(waits.body.info, 'id'));
    await away.close();
  });
});
