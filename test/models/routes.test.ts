import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { baseModelTable } from '../../src/gemini/base-models.ts';
import { createRegistry, type Registry } from '../../src/models/registry.ts';
import { createModelRoutes } from '../../src/models/routes.ts';
import { type OpenDatabase, openDatabase, silent } from '../platform/postgres/open-database.ts';
import { type Served, serve } from './serve.ts';

const BASE = 'gemini-3.5-flash-lite';
const NEWER = 'gemini-3.5-flash';
const JOB = 'projects/1/locations/us-central1/tuningJobs/1';

let database: OpenDatabase;
let registry: Registry;
let served: Served;
let isRolloutRunning: boolean;

beforeEach(async () => {
  database = await openDatabase();
  registry = createRegistry({ db: database.db });
  isRolloutRunning = false;
  const routes = createModelRoutes({
    registry,
    baseModels: baseModelTable({ 'gemini-9-old': '2026-01-31' }),
    rolloutRunning: async () => isRolloutRunning,
    tuningWorkflows: async () =>
      new Map([[JOB, { workflowId: 'feedback-pipeline', runId: 'run-1', webUiUrl: 'http://ui/run-1' }]]),
    log: silent,
    now: () => new Date('2026-11-25T12:00:00Z'),
  });
  served = await serve(routes);
});

afterEach(async () => {
  await served.close();
  await database.close();
});

const post = (path: string, body?: unknown) => served.call('POST', `/api/v1/models${path}`, body);

async function weights(): Promise<unknown> {
  return (await registry.traffic()).weights;
}

const registerTuned = () =>
  registry.registerTuned({
    baseModel: BASE,
    trainingJobId: JOB,
    trainingDataSize: 120,
    endpoint: 'projects/1/locations/us/endpoints/1',
    tunedModel: 'projects/1/locations/us/models/1',
  });

describe('the list of models', () => {
  it('shows the columns of model_versions, the end of the base, and who tuned it', async () => {
    await registerTuned();
    const { status, body } = await served.call('GET', '/api/v1/models');
    expect(status).toBe(200);
    expect(body.info).toEqual({
      items: [
        {
          id: 2,
          created_at: expect.any(String),
          updated_at: expect.any(String),
          deleted_at: null,
          version_name: `${BASE}-ft-001`,
          base_model: BASE,
          training_job_id: JOB,
          training_data_size: 120,
          is_active: false,
          traffic_weight: 0,
          activated_at: null,
          deactivated_at: null,
          endpoint: 'projects/1/locations/us/endpoints/1',
          tuned_model: 'projects/1/locations/us/models/1',
          ends_on: '2027-07-21',
          workflow_id: 'feedback-pipeline',
          run_id: 'run-1',
          web_ui_url: 'http://ui/run-1',
        },
        expect.objectContaining({ version_name: BASE, is_active: true, traffic_weight: 100 }),
      ],
    });
  });

  it('shows only active versions when asked to, and goes on page by page', async () => {
    for (const base of [NEWER, 'gemini-3.6-flash', 'gemini-3.7-flash']) await registry.registerBase(base);
    const active = await served.call('GET', '/api/v1/models?active=true');
    expect(active.body.info).toMatchObject({ items: [{ version_name: BASE }] });
    const first = await served.call('GET', '/api/v1/models?limit=3');
    expect(first.body.info).toMatchObject({ items: [{ id: 4 }, { id: 3 }, { id: 2 }], next_cursor: '2' });
    const rest = await served.call('GET', '/api/v1/models?limit=3&cursor=2');
    expect(rest.body.info).toEqual({ items: [expect.objectContaining({ id: 1 })] });
  });
});

describe('registering a base', () => {
  it('answers 201 the first time, 200 after, and gives it no traffic', async () => {
    const first = await post('', { base_model: NEWER });
    expect(first).toMatchObject({ status: 201, body: { info: { version_name: NEWER, traffic_weight: 0 } } });
    const again = await post('', { base_model: NEWER });
    expect(again).toMatchObject({ status: 200, body: { info: { version_name: NEWER } } });
    expect(await weights()).toEqual({ [BASE]: 100 });
  });

  it.each([
    [{ base_model: 'gemini-9-old' }, 'base_model', 'ended on 2026-01-31'],
    [{ base_model: 'gemini-2.5-flash' }, 'base_model', 'its successor is gemini-3.5-flash-lite'],
    [{ base_model: 'gemini-2.0-flash-001' }, 'base_model', 'ended on 2026-06-01'],
    [{ base_model: 'GEMINI-2.5-FLASH' }, 'base_model', 'is not a model name'],
    [{ base_model: `${BASE}-ft-001` }, 'base_model', 'is a tuned version'],
    [{ base_model: 'models/x y' }, 'base_model', 'is not a model name'],
    [{ base_model: 7 }, 'base_model', ''],
    [{}, 'base_model', ''],
    [{ base_model: NEWER, weight: 5 }, 'weight', 'is not a known field'],
  ])('refuses %j', async (body, field, message) => {
    await registerTuned();
    const answer = await post('', body);
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_input' } } });
    expect(answer.body.error?.details).toEqual([{ field, message: expect.stringContaining(message) }]);
    expect(await registry.list()).toHaveLength(2);
  });
});

describe('activating a version', () => {
  it('gives it its share, and the rest to the version that had most', async () => {
    await registry.registerBase(NEWER);
    const answer = await post(`/${NEWER}/activate`, { traffic_weight: 10, reason: 'a try' });
    expect(answer).toMatchObject({ status: 200, body: { info: { traffic_weight: 10, is_active: true } } });
    expect(await weights()).toEqual({ [NEWER]: 10, [BASE]: 90 });
    expect(await registry.traffic()).toMatchObject({ setBy: 'person', generation: 2 });
  });

  it('without a body gives it everything, one step back to any version', async () => {
    const { versionName } = await registerTuned();
    expect(await post(`/${versionName}/activate`)).toMatchObject({ status: 200 });
    expect(await weights()).toEqual({ [versionName]: 100 });
    expect(await post(`/${BASE}/activate`)).toMatchObject({ status: 200 });
    expect(await weights()).toEqual({ [BASE]: 100 });
  });

  it('ends with one of two sets of weights when two persons do it at once', async () => {
    await registry.registerBase(NEWER);
    const answers = await Promise.all([
      post(`/${NEWER}/activate`, { traffic_weight: 10 }),
      post(`/${NEWER}/activate`, { traffic_weight: 50 }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect([
      { [NEWER]: 10, [BASE]: 90 },
      { [NEWER]: 50, [BASE]: 50 },
    ]).toContainEqual(await weights());
    expect(await registry.traffic()).toMatchObject({ generation: 3 });
  });

  it.each([0, 101, 1.5, '50'])('refuses the weight %j', async (traffic_weight) => {
    const answer = await post(`/${BASE}/activate`, { traffic_weight });
    expect(answer).toMatchObject({
      status: 400,
      body: { error: { details: [{ field: 'traffic_weight' }] } },
    });
  });

  it('is refused for a tuned version without endpoint, and for a base that has ended', async () => {
    await database.db.query(
      `INSERT INTO model_versions (version_name, base_model, training_data_size)
       VALUES ('gemini-3.5-flash-ft-009', 'gemini-3.5-flash', 50), ('gemini-9-old', 'gemini-9-old', 0)`,
    );
    const noEndpoint = await post('/gemini-3.5-flash-ft-009/activate');
    expect(noEndpoint.status).toBe(400);
    expect(noEndpoint.body.error?.message).toContain('has no known endpoint');
    const ended = await post('/gemini-9-old/activate');
    expect(ended.status).toBe(400);
    expect(ended.body.error?.message).toContain('ended on 2026-01-31');
    expect(await weights()).toEqual({ [BASE]: 100 });
  });
});

describe('deactivating a version', () => {
  it('gives what it had to the version that has most', async () => {
    await registry.registerBase(NEWER);
    await post(`/${NEWER}/activate`, { traffic_weight: 30 });
    const answer = await post(`/${NEWER}/deactivate`, { reason: 'worse' });
    expect(answer).toMatchObject({ status: 200, body: { info: { traffic_weight: 0, is_active: false } } });
    expect(await weights()).toMatchObject({ [BASE]: 100 });
  });

  it('does nothing to one that has no traffic', async () => {
    await registry.registerBase(NEWER);
    expect(await post(`/${NEWER}/deactivate`)).toMatchObject({ status: 200 });
    expect(await registry.traffic()).toMatchObject({ generation: 1, setBy: 'install' });
  });

  it('is refused for the only active one', async () => {
    const answer = await post(`/${BASE}/deactivate`);
    expect(answer).toMatchObject({ status: 409, body: { error: { code: 'last_active' } } });
  });
});

describe('both', () => {
  it.each(['activate', 'deactivate'])(
    '%s: 404 for an unknown version, 409 while a rollout runs',
    async (verb) => {
      await registry.registerBase(NEWER);
      expect(await post(`/nobody/${verb}`)).toMatchObject({
        status: 404,
        body: { error: { code: 'not_found' } },
      });
      expect(await post(`/%00/${verb}`)).toMatchObject({ status: 400 });
      isRolloutRunning = true;
      const answer = await post(`/${NEWER}/${verb}`);
      expect(answer).toMatchObject({ status: 409, body: { error: { code: 'rollout_running' } } });
      const unknown = await post(`/${NEWER}/${verb}`, { force: true });
      expect(unknown).toMatchObject({ status: 400, body: { error: { details: [{ field: 'force' }] } } });
    },
  );
});
