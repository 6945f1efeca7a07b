import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openCaller } from '../journeys/support/caller.ts';
import { until } from '../journeys/support/until.ts';
import { emptyDatabase, ownPort } from '../setup/servers.ts';
import { type Deployment, deploy, isReady, type Replica } from './deployment.ts';

const BASE = 'gemini-3.5-flash-lite';
const OTHER = 'gemini-3.5-flash';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await deploy({});
});
afterAll(() => deployment.close());

describe('several API replicas', () => {
  test('all follow a change of weights within a second of its commit', async () => {
    const replicas = await Promise.all([deployment.start('api'), deployment.start('api')]);
    const [first, second] = replicas as [Replica, Replica];
    expect((await first.post('/api/v1/models', { base_model: OTHER })).status).toBe(201);
    expect((await first.post(`/api/v1/models/${OTHER}/activate`, { traffic_weight: 100 })).status).toBe(200);

    const line = `Active model: ${OTHER} with 100% traffic`;
    await Promise.all(replicas.map(({ program }) => program.says(line)));
    expect((await first.ask()).modelVersion).toBe(OTHER);
    expect((await second.ask()).modelVersion).toBe(OTHER);

    expect((await second.post(`/api/v1/models/${BASE}/activate`, {})).status).toBe(200);
    const back = `Active model: ${BASE} with 100% traffic`;
    await until('both are back at the base', () =>
      replicas.every(({ program }) => program.output().split(back).length === 3),
    );
    expect((await first.ask()).modelVersion).toBe(BASE);

    const changes = await deployment.sql<{ at: Date }>(
      'SELECT changed_at AS at FROM traffic_changes ORDER BY generation DESC LIMIT 2',
    );
    const [toBase = 0, toOther = 0] = changes.map(({ at }) => Number(at));
    for (const { program } of replicas) {
      const output = program.output();
      // The quicker of two: a moment in which the machine stood still delays one.
      const tookMs = Math.min(loggedAt(output, line) - toOther, loggedAt(output, back) - toBase);
      expect(tookMs).toBeLessThan(1_000);
    }

    for (const { program } of replicas) program.signal('SIGTERM');
    expect(await Promise.all(replicas.map(({ program }) => program.ended))).toEqual([0, 0]);
  });

  test('an API whose schema is old is alive and not ready until migrate has run', async () => {
    const database = await emptyDatabase();
    const port = await ownPort();
    const baseUrl = `http://127.0.0.1:${port}`;
    const environment = {
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: deployment.temporalAddress,
      GEMINI_BASE_URL: deployment.emulatorUrl,
      GEMINI_API_KEY: 'a-key-of-the-emulator',
      ADMIN_TOKEN: 'a-token-of-sixteen-and-more',
    };
    const api = deployment.scene.run({ role: 'api', environment });
    await api.says('waiting for `npm run migrate`');
    const caller = openCaller(baseUrl);
    expect(await caller.get('/healthz')).toMatchObject({ status: 200, info: { status: 'ok' } });
    expect(await caller.get('/readyz')).toMatchObject({ status: 503, retryAfter: '1' });

    const migrate = deployment.scene.run({ role: 'migrate', environment });
    expect(await migrate.ended).toBe(0);
    await until('the API is ready', () => isReady(baseUrl));
    expect((await caller.ask()).modelVersion).toBe(BASE);
    api.signal('SIGTERM');
    expect(await api.ended).toBe(0);
    await database.drop();
  });
});

/** When a replica's own log last says that it happened. */
function loggedAt(output: string, message: string): number {
  const line = output.split('\n').findLast((candidate) => candidate.includes(message)) ?? '';
  const { time }: { time: string } = JSON.parse(line);
  return Date.parse(time);
}
