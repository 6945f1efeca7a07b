import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { lookUpProcess } from '../../src/embedded/process-table.ts';
import { type Answered, openCaller, readiness } from './support/caller.ts';
import { copySources } from './support/clean-copy.ts';
import { withDescendants } from './support/processes.ts';
import type { Program } from './support/program.ts';
import { openScene, ownPorts, type Scene } from './support/scene.ts';
import { until } from './support/until.ts';

const BASE = 'gemini-3.5-flash-lite';
const CANDIDATE = 'gemini-3.5-flash';
const STOPS_WITHIN_MS = 10_000;

/** One clean copy, started again and again on the same data, as a newcomer would in the first days. */
let scene: Scene;
let ports: Awaited<ReturnType<typeof ownPorts>>;
let baseUrl: string;
beforeAll(async () => {
  scene = await openScene();
  ports = await ownPorts();
  baseUrl = `http://127.0.0.1:${ports.PORT}`;
  await copySources(join(scene.folder, 'clone'));
});
afterAll(() => scene.close());

async function start(): Promise<Program> {
  const project = join(scene.folder, 'clone');
  const program = scene.run({ role: 'start', through: 'npm', project, environment: ports });
  await program.says('Stop with Ctrl-C');
  return program;
}

/** Stops it as a person or a supervisor does, and sees to it that nothing is left. */
async function stop(program: Program, signal: 'SIGINT' | 'SIGTERM'): Promise<void> {
  const begun = performance.now();
  // Twice: a terminal's Ctrl-C reaches npm and the program, and npm passes its own on.
  program.signal(signal);
  program.signal(signal);
  expect(await program.ended).toBe(0);
  expect(performance.now() - begun).toBeLessThan(STOPS_WITHIN_MS);
  await until('nothing of it runs', async () => (await scene.leftovers()).length === 0);
}

async function admin() {
  return openCaller(baseUrl, await scene.adminToken());
}

/** The rollout that runs, as HTTP and Temporal tell it. */
async function runningRollout() {
  const { info } = await (await admin()).get('/api/v1/rollouts/current');
  const connection = await Connection.connect({ address: `127.0.0.1:${ports.TEMPORAL_PORT}` });
  const { status } = await new Client({ connection }).workflow.getHandle('rollout').describe();
  await connection.close();
  return { info, workflow: status.name };
}

const underWay = { info: { candidate: CANDIDATE, stage: 10, outcome: null }, workflow: 'RUNNING' };

async function weights(): Promise<Record<string, number>> {
  const { info } = await (await admin()).get('/api/v1/models');
  const { items } = info as { items: { version_name: string; traffic_weight: number }[] };
  return Object.fromEntries(items.map((item) => [item.version_name, item.traffic_weight]));
}

describe('npm start in a clean copy', () => {
  test('builds, becomes ready, says where everything is, and stops on Ctrl-C', async () => {
    const program = await start();
    const answer = await openCaller(baseUrl).get('/readyz');
    expect(answer.status).toBe(200);
    expect(readiness(answer).status).toBe('ok');

    const said = program.output();
    expect(said).toContain(`${baseUrl}/`);
    expect(said).toContain(`${baseUrl}/api/v1`);
    expect(said).toContain(`${baseUrl}/docs`);
    expect(said).toContain(`http://127.0.0.1:${ports.TEMPORAL_UI_PORT}`);
    expect(said).toContain(`--address 127.0.0.1:${ports.TEMPORAL_PORT}`);
    expect(said).toContain('the Gemini emulator, not Gemini');
    expect(said).toContain('PostgreSQL, embedded');
    expect(said).toContain(join(scene.dataDir, 'admin-token'));
    expect(said).toMatch(/Next night’s run .* 02:00 UTC/);

    await stop(program, 'SIGINT');
  }, 240_000);

  test('serves the page, the API pages and the Web UI, and the export as the first description prints it', async () => {
    const program = await start();
    const pages = [`${baseUrl}/`, `${baseUrl}/docs`, `http://127.0.0.1:${ports.TEMPORAL_UI_PORT}/`];
    for (const page of pages) {
      const response = await fetch(page);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toContain('text/html');
    }
    const caller = openCaller(baseUrl);
    expect((await caller.thumb((await caller.ask()).requestId, true)).status).toBe(201);
    const exported = await fetch(`${baseUrl}/api/v1/ai/feedback/export?days=7&format=jsonl`);
    expect((await exported.text()).trim().split('\n')).toHaveLength(1);
    const { info } = await caller.get('/api/v1/ai/feedback/stats');
    expect(info).toEqual({ total_count: 1, positive_count: 1, unexported_count: 1, cached_contexts: 0 });

    await (await admin()).post('/api/v1/models', { base_model: CANDIDATE });
    expect((await (await admin()).post('/api/v1/rollouts', { candidate: CANDIDATE })).status).toBe(202);
    await until('the candidate has its first traffic', async () => (await weights())[CANDIDATE] === 10);
    await stop(program, 'SIGTERM');
    expect(await logFile()).toContain(`Active model: ${CANDIDATE} with 10% traffic`);
  });

  test('goes on with a running rollout after a stop, and after the program was killed', async () => {
    const program = await start();
    expect(await runningRollout()).toMatchObject(underWay);
    expect(await weights()).toMatchObject({ [BASE]: 90, [CANDIDATE]: 10 });

    process.kill(await launcherOf(program), 'SIGKILL');
    expect(await program.ended).not.toBe(0);
    await until('its servers are gone', async () => (await scene.leftovers()).length === 0);

    const again = await start();
    expect(await runningRollout()).toMatchObject(underWay);
    expect(await weights()).toMatchObject({ [BASE]: 90, [CANDIDATE]: 10 });

    again.signal('SIGKILL');
    await until(
      'nothing outlives an npm that was killed',
      async () => (await scene.leftovers()).length === 0,
    );
  }, 180_000);

  test('stops within ten seconds with an answer being streamed and a rollout under way', async () => {
    const program = await start();
    const stream = await slowStream();
    await stop(program, 'SIGTERM');
    await stream.body?.cancel().catch(() => undefined);
    expect((await stat(join(scene.dataDir, 'admin-token'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(scene.dataDir, 'admin-header'))).mode & 0o777).toBe(0o600);
    expect(await logFile()).not.toContain('connection_lost');
  });
});

/** The program itself, which npm started. */
async function launcherOf({ pid }: Program): Promise<number> {
  for (const each of await withDescendants(pid)) {
    const command = (await lookUpProcess(each))?.command ?? '';
    if (/^\S*node \S*launch\.mjs/.test(command)) return each;
  }
  throw new Error('npm has started no launcher');
}

/** An answer that takes longer than any stop may. */
async function slowStream(): Promise<Response> {
  const { info }: Answered = await openCaller(baseUrl).get('/readyz');
  const { dependencies } = info as { dependencies: { gemini: { emulator_url: string } } };
  const knob = { model: '*', chunkDelayMs: 5_000 };
  await fetch(`${dependencies.gemini.emulator_url}/__emulator/models`, {
    method: 'POST',
    body: JSON.stringify(knob),
  });
  const response = await fetch(`${baseUrl}/api/v1/ai/explain`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ code: 'print(sum(range(10)))', language: 'python' }),
  });
  expect(response.status).toBe(200);
  return response;
}

function logFile(): Promise<string> {
  return readFile(join(scene.folder, 'logs/ai-service.log'), 'utf8');
}
