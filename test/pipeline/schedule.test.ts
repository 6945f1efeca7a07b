import type { Server } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { NativeConnection, Worker } from '@temporalio/worker';
import { pipelineRoutes } from '../../src/pipeline/routes.ts';
import { ensureSchedule, nextRun, PAUSED_BY_SETTING } from '../../src/pipeline/schedule.ts';
import { createPipelineStore } from '../../src/pipeline/store.ts';
import { createTrigger } from '../../src/pipeline/trigger.ts';
import { createApp } from '../../src/platform/http/app.ts';
import { connectTemporal, temporalTarget } from '../../src/platform/temporal/connection.ts';
import { webUiLinks } from '../../src/platform/temporal/links.ts';
import { temporal as testTemporal, uniqueTaskQueue } from '../setup/servers.ts';
import { type NightDatabase, nightDatabase, quietRuntime, silent } from './night.ts';

const { address, namespace } = testTemporal();
const temporal = connectTemporal(temporalTarget({}, address, namespace));
const links = webUiLinks('http://ui.test', namespace);
const NIGHTLY = {
  feedbackExportSchedule: '0 2 * * *',
  feedbackExportTimezone: 'UTC',
  feedbackExportEnabled: true,
};

let scheduleId: string;
let taskQueue: string;

beforeAll(quietRuntime);
afterAll(() => temporal.close());

beforeEach(() => {
  taskQueue = uniqueTaskQueue();
  scheduleId = `schedule-${taskQueue}`;
});

afterEach(() =>
  handle()
    .delete()
    .catch(() => undefined),
);

const handle = () => temporal.client.schedule.getHandle(scheduleId);
const ensure = (settings: Partial<typeof NIGHTLY> = {}) =>
  ensureSchedule({ temporal, taskQueue, settings: { ...NIGHTLY, ...settings }, log: silent, scheduleId });

describe('the nightly schedule', () => {
  test('is made with buffer-one, a catch-up window of 23 hours and its time zone', async () => {
    await ensure({ feedbackExportTimezone: 'Europe/Berlin' });
    const { policies, spec, action, state } = await handle().describe();
    expect(policies).toMatchObject({ overlap: 'BUFFER_ONE', catchupWindow: 23 * 3_600_000 });
    expect(spec.timezone).toBe('Europe/Berlin');
    expect(action).toMatchObject({ workflowType: 'feedbackPipeline', taskQueue });
    expect(state.paused).toBe(false);
    const next = await nextRun(temporal, scheduleId);
    expect(next?.toLocaleTimeString('en-GB', { timeZone: 'Europe/Berlin' })).toBe('02:00:00');
  });

  test('follows a change of the settings and runs at the new time only', async () => {
    await ensure();
    await ensure({ feedbackExportSchedule: '30 4 * * *' });
    const { info } = await handle().describe();
    const times = info.nextActionTimes.map((time) => time.toISOString().slice(11, 16));
    expect(new Set(times)).toEqual(new Set(['04:30']));
  });

  test('is left alone when nothing changed', async () => {
    await ensure();
    await ensure();
    expect((await handle().describe()).info.lastUpdatedAt).toBeUndefined();
  });

  test('keeps an operator’s pause and note through a start and a change', async () => {
    await ensure();
    await handle().pause('holidays');
    await ensure({ feedbackExportSchedule: '30 4 * * *' });
    expect((await handle().describe()).state).toMatchObject({ paused: true, note: 'holidays' });
    expect(await nextRun(temporal, scheduleId)).toBeUndefined();
  });

  test('is paused by the setting, which its note names, and goes on when the setting does', async () => {
    await ensure({ feedbackExportEnabled: false });
    expect((await handle().describe()).state).toMatchObject({ paused: true, note: PAUSED_BY_SETTING });
    expect(PAUSED_BY_SETTING).toContain('FEEDBACK_EXPORT_ENABLED');
    await ensure();
    expect((await handle().describe()).state.paused).toBe(false);
    await ensure({ feedbackExportEnabled: false });
    expect((await handle().describe()).state).toMatchObject({ paused: true, note: PAUSED_BY_SETTING });
  });

  test.each([
    ['61 2 * * *', 'UTC'],
    ['0 2 * * *', 'Mars/Base'],
  ])('with %j in %j stops the start with the variable and the reason', async (cron, zone) => {
    const wrong = ensure({ feedbackExportSchedule: cron, feedbackExportTimezone: zone });
    await expect(wrong).rejects.toMatchObject({
      name: 'SettingsError',
      message: expect.stringMatching(/^FEEDBACK_EXPORT_SCHEDULE is /),
    });
  });
});

describe('the pipeline over HTTP', () => {
  let database: NightDatabase;
  let connection: NativeConnection;
  let server: Server;
  let url: string;

  beforeAll(async () => {
    [database, connection] = await Promise.all([nightDatabase(), NativeConnection.connect({ address })]);
  });

  afterAll(async () => {
    await connection.close();
    await database.drop();
  });

  beforeEach(async () => {
    const app = createApp({
      routes: pipelineRoutes({
        pipelines: createPipelineStore({ db: database.db }),
        pipelineTrigger: createTrigger({ temporal, links, scheduleId }),
        links,
      }),
      access: { adminToken: 'a-token-of-the-tests', tokenPlace: 'here', loopbackExports: 'closed' },
      rateLimit: { perMinute: 0, loopback: 'exempt' },
      trustProxy: 0,
      corsOrigins: [],
      log: silent,
      extras: [(_request, _response, next) => next()],
    });
    server = await new Promise<Server>((done) => {
      const listening = app.listen(0, '127.0.0.1', () => done(listening));
    });
    const bound = server.address();
    url = `http://127.0.0.1:${typeof bound === 'object' ? bound?.port : bound}/api/v1/pipelines`;
  });

  afterEach(() => new Promise((done) => server.close(done)));

  const headers = { authorization: 'Bearer a-token-of-the-tests' };
  const send = async (method: string, path = '') => {
    const answer = await fetch(`${url}${path}`, { method, headers });
    return { status: answer.status, body: JSON.parse(await answer.text()) };
  };

  /** A worker whose pipelines run until they are ended. */
  const idleWorker = () =>
    Worker.create({
      connection,
      taskQueue,
      workflowsPath: new URL('./idle-workflows.ts', import.meta.url).pathname,
    });

  test('starts a run with its link; a second one meanwhile is told of it', async () => {
    await ensure({ feedbackExportEnabled: false });
    const worker = await idleWorker();
    await worker.runUntil(async () => {
      const first = await send('POST');
      expect(first).toMatchObject({ status: 202 });
      const { workflow_id, run_id, web_ui_url } = first.body.info;
      expect(workflow_id).toMatch(new RegExp(`^${scheduleId}-20\\d\\d-`));
      expect(web_ui_url).toBe(links.workflow(workflow_id, run_id));
      const started = temporal.client.workflow.getHandle(workflow_id, run_id);
      expect(await started.describe()).toMatchObject({ type: 'feedbackPipeline' });
      const second = await send('POST');
      expect(second).toMatchObject({
        status: 409,
        body: { error: { code: 'already_running', details: { workflow_id, run_id, web_ui_url } } },
      });
      await started.terminate();
    });
  });

  test('of two at once starts one', async () => {
    await ensure();
    const worker = await idleWorker();
    await worker.runUntil(async () => {
      const answers = await Promise.all([send('POST'), send('POST')]);
      expect(answers.map(({ status }) => status).sort()).toEqual([202, 409]);
      const started = answers.find(({ status }) => status === 202);
      await temporal.client.workflow.getHandle(started?.body.info.workflow_id).terminate();
    });
  });

  test('lists runs newest first, page by page', async () => {
    const pipelines = createPipelineStore({ db: database.db });
    await pipelines.note({ runId: 'r1', workflowId: 'w' }, { phase: 'exporting' });
    await pipelines.note({ runId: 'r2', workflowId: 'w' }, { phase: 'tuning', tuningJob: 'projects/p/…/7' });
    await pipelines.note(
      { runId: 'r1', workflowId: 'w' },
      { phase: 'ended', outcome: 'nothing_to_export', reason: 'no thumb', endedAt: new Date() },
    );
    const first = await send('GET', '?limit=1');
    expect(first.body.info).toMatchObject({
      items: [
        {
          id: 'r2',
          workflow_id: 'w',
          run_id: 'r2',
          web_ui_url: links.workflow('w', 'r2'),
          phase: 'tuning',
          outcome: null,
          ended_at: null,
          training_job_id: 'projects/p/…/7',
        },
      ],
    });
    const second = await send('GET', `?limit=1&cursor=${first.body.info.next_cursor}`);
    expect(second.body.info.items).toMatchObject([
      { id: 'r1', phase: 'ended', outcome: 'nothing_to_export' },
    ]);
    expect(second.body.info.next_cursor).toBeUndefined();
  });

  test.each([['?limit=0'], ['?cursor=x']])('refuses %s', async (query) => {
    expect(await send('GET', query)).toMatchObject({
      status: 400,
      body: { error: { code: 'invalid_input' } },
    });
  });
});
