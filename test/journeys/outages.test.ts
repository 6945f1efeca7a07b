import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ownPort } from '../setup/servers.ts';
import { type Caller, openCaller, readiness } from './support/caller.ts';
import { type GivenServers, startGivenServers } from './support/given-servers.ts';
import { frozen, stopped } from './support/outage.ts';
import { openScene, type Scene } from './support/scene.ts';
import { until } from './support/until.ts';

const ADMIN_TOKEN = 'a-token-of-sixteen-and-more';
/** Long before the SDK by itself would give up, and long enough for a busy machine. */
const TEMPORAL_ANSWERS_WITHIN_MS = 12_000;

let scene: Scene;
let servers: GivenServers;
let caller: Caller;
beforeAll(async () => {
  scene = await openScene();
  servers = await startGivenServers(scene.folder);
  const port = String(await ownPort());
  const program = scene.run({
    role: 'start',
    environment: { ...servers.environment, PORT: port, ADMIN_TOKEN },
  });
  await program.says('Stop with Ctrl-C');
  caller = openCaller(`http://127.0.0.1:${port}`, ADMIN_TOKEN);
});
afterAll(async () => {
  await servers.stop();
  await scene.close();
});

const look = async () => readiness(await caller.get('/readyz'));
const isWell = async () => (await look()).status === 'ok';

/** A look may be half a second old, so that the first one after an outage can still be of before. */
async function expectDegradedBy(dependency: string): Promise<void> {
  await until(`${dependency} is seen to be down`, async () => (await look()).states[dependency] === 'down');
  const answer = await caller.get('/readyz');
  expect(answer.status).toBe(200);
  expect(readiness(answer)).toMatchObject({ status: 'degraded', states: { [dependency]: 'down' } });
}

async function expectThumbWorksAgain(requestId: string): Promise<void> {
  const thumb = await until('the thumb is stored', async () => {
    const sent = await caller.thumb(requestId, true);
    return sent.status !== 503 && sent;
  });
  expect([200, 201]).toContain(thumb.status);
  const { info } = await caller.thumb(requestId, true);
  expect(info).toMatchObject({ is_positive: true, changed: false });
}

describe('while PostgreSQL', () => {
  test('is stopped, answers go on, thumbs and lists say when to come again, and nothing is lost', async () => {
    const before = await caller.ask();
    const during = await stopped(servers.postgres, async () => {
      const answer = await caller.ask();
      for (const { requestId } of [before, answer]) {
        const refused = await caller.thumb(requestId, true);
        expect(refused).toMatchObject({ status: 503, code: 'database_unavailable' });
        expect(Number(refused.retryAfter)).toBeGreaterThan(0);
      }
      const unavailable = { status: 503, code: 'database_unavailable' };
      for (const list of ['ai/feedback/stats', 'models', 'rollouts', 'pipelines', 'exports'])
        expect(await caller.get(`/api/v1/${list}`)).toMatchObject(unavailable);
      await expectDegradedBy('database');
      return answer;
    });
    for (const { requestId } of [before, during]) await expectThumbWorksAgain(requestId);
    await until('all is well', isWell);
  });

  test('is frozen, answers go on and a thumb says when to come again', async () => {
    const { requestId } = await caller.ask();
    await frozen(servers.postgres.pid(), async () => {
      const [thumb, stats] = await Promise.all([
        caller.thumb(requestId, true),
        caller.get('/api/v1/ai/feedback/stats'),
        caller.ask(),
        expectDegradedBy('database'),
      ]);
      expect(thumb).toMatchObject({ status: 503, code: 'database_unavailable' });
      expect(stats).toMatchObject({ status: 503, code: 'database_unavailable' });
      expect(Number(thumb.retryAfter)).toBeGreaterThan(0);
      await caller.ask();
    });
    await expectThumbWorksAgain(requestId);
    await until('all is well', isWell);
  });
});

describe('while Temporal', () => {
  async function expectOnlyAdminRoutesToMissIt(): Promise<void> {
    await expectThumbWorksAgain((await caller.ask()).requestId);
    await expectDegradedBy('temporal');
    const candidate = 'gemini-3.5-flash-lite';
    const starts = [
      caller.post('/api/v1/pipelines', {}),
      caller.post('/api/v1/exports', {}),
      caller.post('/api/v1/rollouts', { candidate, baseline: 'gemini-3.5-flash' }),
    ];
    for (const refused of await Promise.all(starts)) {
      expect(refused).toMatchObject({ status: 503, code: 'temporal_unavailable' });
      expect(Number(refused.retryAfter)).toBeGreaterThan(0);
      expect(refused.tookMs).toBeLessThan(TEMPORAL_ANSWERS_WITHIN_MS);
    }
  }

  test('is frozen or stopped, answers and thumbs go on, and admin routes that need it say so in time', async () => {
    await caller.post('/api/v1/models', { base_model: 'gemini-3.5-flash' });
    await frozen(servers.temporal.pid(), expectOnlyAdminRoutesToMissIt);
    await until('all is well', isWell);
    await stopped(servers.temporal, expectOnlyAdminRoutesToMissIt);
    await until('all is well', isWell);
    const started = await until('an export starts', async () => {
      const sent = await caller.post('/api/v1/exports', {});
      return sent.status === 202;
    });
    expect(started).toBe(true);
  }, 150_000);
});

describe('while Redis', () => {
  test('is stopped, answers go on, and a thumb that finds nothing here is told to come again', async () => {
    const before = await caller.ask();
    await stopped(servers.valkey, async () => {
      await expectDegradedBy('contexts');
      const during = await caller.ask();
      expect((await caller.thumb(during.requestId, true)).status).toBe(201);
      for (const requestId of [before.requestId, randomUUID()]) {
        const refused = await caller.thumb(requestId, true);
        expect(refused).toMatchObject({ status: 503, code: 'contexts_unavailable' });
        expect(Number(refused.retryAfter)).toBeGreaterThan(0);
      }
    });
    await until('all is well', isWell);
    expect(await caller.thumb(randomUUID(), true)).toMatchObject({ status: 404, code: 'context_expired' });
    expect((await caller.thumb((await caller.ask()).requestId, true)).status).toBe(201);
  });
});
