import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { z } from 'zod';
import { type Caller, openCaller, readiness } from './support/caller.ts';
import type { Program } from './support/program.ts';
import { openScene, ownPorts, type Scene } from './support/scene.ts';
import { until } from './support/until.ts';

const CANDIDATE = 'gemini-3.5-flash';
const CHECK_INTERVAL_MS = 1_000;

let scene: Scene;
let program: Program;
let caller: Caller;
beforeAll(async () => {
  scene = await openScene();
  const ports = await ownPorts();
  program = scene.run({
    role: 'start',
    environment: { ...ports, ROLLOUT_CHECK_INTERVAL: `${CHECK_INTERVAL_MS}ms` },
  });
  await program.says('Stop with Ctrl-C');
  caller = openCaller(`http://127.0.0.1:${ports.PORT}`, await scene.adminToken());
});
afterAll(() => scene.close());

async function kill(server: 'postgres' | 'temporal'): Promise<void> {
  const { pid } = JSON.parse(await readFile(join(scene.dataDir, `${server}.pid`), 'utf8'));
  process.kill(pid, 'SIGKILL');
}

/** Holds the data for some seconds, also when its server is killed, so that the outage is long enough to be seen. */
async function keepBusy(): Promise<{ done: Promise<unknown> }> {
  const lines = (await readFile(join(scene.dataDir, 'postgres/postmaster.pid'), 'utf8')).split('\n');
  const client = new pg.Client(`postgres://postgres@127.0.0.1:${lines[3]}/thumbwheel`);
  client.on('error', () => undefined);
  await client.connect();
  const loop = "DO $$ BEGIN WHILE clock_timestamp() < now() + interval '3 s' LOOP END LOOP; END $$";
  return { done: client.query(loop).catch(() => undefined) };
}

async function expectAllIsWell(): Promise<void> {
  await until('all is well', async () => readiness(await caller.get('/readyz')).status === 'ok');
}

const Current = z.object({ next_check_at: z.iso.datetime() });

/** The running workflow itself is asked when it looks next; that this goes on shows that its timers and activities do. */
async function expectACheckAfter(moment: number): Promise<void> {
  await until('the rollout goes on', async () => {
    const seen = Current.safeParse((await caller.get('/api/v1/rollouts/current')).info);
    return seen.success && Date.parse(seen.data.next_check_at) > moment + 2 * CHECK_INTERVAL_MS;
  });
}

describe('an embedded server that was killed comes back by itself', () => {
  test('PostgreSQL: answers go on meanwhile, a thumb is told to come again, and then it is stored', async () => {
    const { requestId } = await caller.ask();
    const session = await keepBusy();
    await kill('postgres');
    await program.says('PostgreSQL ended by itself (SIGKILL).');
    const [refused] = await Promise.all([caller.thumb(requestId, true), caller.ask()]);
    expect(refused).toMatchObject({ status: 503, code: 'database_unavailable' });
    expect(Number(refused.retryAfter)).toBeGreaterThan(0);
    await program.says('PostgreSQL runs again.');
    await session.done;
    const stored = await until('the thumb is stored', async () => {
      const sent = await caller.thumb(requestId, true);
      return sent.status !== 503 && sent;
    });
    expect(stored.status).toBe(201);
    await expectAllIsWell();
  });

  test('Temporal: a rollout under way goes on', async () => {
    await caller.post('/api/v1/models', { base_model: CANDIDATE });
    expect((await caller.post('/api/v1/rollouts', { candidate: CANDIDATE })).status).toBe(202);
    await expectACheckAfter(Date.now());
    await kill('temporal');
    await program.says('Temporal ended by itself (SIGKILL).');
    await program.says('Temporal runs again.');
    await expectACheckAfter(Date.now());
    await expectAllIsWell();
  });

  test('but not after a stop that was asked for; the log tells of those that were killed', async () => {
    program.signal('SIGTERM');
    expect(await program.ended).toBe(0);
    const log = await readFile(join(scene.folder, 'logs/ai-service.log'), 'utf8');
    const lines = log.split('\n').filter((line) => line.includes('"event":"embedded.'));
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'warn', event: 'embedded.ended', part: 'PostgreSQL' },
      { level: 'info', event: 'embedded.restarted', part: 'PostgreSQL' },
      { level: 'warn', event: 'embedded.ended', part: 'Temporal' },
      { level: 'info', event: 'embedded.restarted', part: 'Temporal' },
    ]);
  });
});
