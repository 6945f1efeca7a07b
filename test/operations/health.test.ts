import { describe, expect, jest, test } from '@jest/globals';
import express from 'express';
import { type Check, createProbes, type Dependency } from '../../src/operations/health.ts';
import { listen } from '../../src/platform/http/server.ts';

function check(name: string, need: Check['need'], look: Check['look']): Check {
  return { name, need, look };
}

const up = async (): Promise<Dependency> => ({ state: 'up' });
const down = async (): Promise<Dependency> => ({ state: 'down' });

/** The probes over HTTP; `ready` answers status and body of `/readyz`. */
async function serve(checks: Check[]) {
  const probes = createProbes({ checks, metricsText: async () => 'thumbwheel_up 1\n' });
  const server = await listen({ app: express().use(probes.handler), host: '127.0.0.1', port: 0 });
  const get = (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`);
  return {
    probes,
    get,
    ready: async () => {
      const response = await get('/readyz');
      return { status: response.status, body: await response.json() };
    },
    close: () => server.close(0),
  };
}

describe('the probes', () => {
  test('are ready, degraded or unavailable as what the process needs is', async () => {
    const cases = [
      { checks: [check('a', 'required', up)], status: 200, says: 'ok' },
      { checks: [check('a', 'required', up), check('b', 'optional', down)], status: 200, says: 'degraded' },
      {
        checks: [check('a', 'required', down), check('b', 'optional', up)],
        status: 503,
        says: 'unavailable',
      },
      {
        checks: [check('a', 'required', async () => ({ state: 'degraded' }))],
        status: 200,
        says: 'degraded',
      },
    ];
    for (const { checks, status, says } of cases) {
      const served = await serve(checks);
      expect(await served.ready()).toMatchObject({
        status,
        body: { ok: status === 200, info: { status: says } },
      });
      await served.close();
    }
  });

  test('name each dependency with its facts, and with why it is down', async () => {
    const served = await serve([
      check('gemini', 'optional', async () => ({ state: 'up', backend: 'emulator' })),
      check('database', 'optional', async () => {
        throw new Error('connection refused');
      }),
    ]);
    const { body } = await served.ready();
    expect(body).toMatchObject({
      info: {
        dependencies: {
          gemini: { state: 'up', backend: 'emulator' },
          database: { state: 'down', reason: 'connection refused' },
        },
      },
    });
    await served.close();
  });

  test('count a dependency that does not answer as down', async () => {
    const served = await serve([check('frozen', 'optional', () => new Promise(() => undefined))]);
    expect((await served.ready()).body).toMatchObject({
      info: {
        status: 'degraded',
        dependencies: { frozen: { state: 'down', reason: 'did not answer in time' } },
      },
    });
    await served.close();
  });

  test('look once for many probes at the same time', async () => {
    const look = jest.fn(up);
    const served = await serve([check('a', 'required', look)]);
    await Promise.all(Array.from({ length: 20 }, () => served.probes.readiness()));
    expect(look).toHaveBeenCalledTimes(1);
    await served.close();
  });

  test('are not ready once the process is stopping, while it is still alive', async () => {
    const served = await serve([check('a', 'required', up)]);
    served.probes.stopping();
    expect(await served.ready()).toMatchObject({
      status: 503,
      body: { ok: false, info: { status: 'unavailable', reason: 'stopping' } },
    });
    expect((await served.get('/healthz')).status).toBe(200);
    await served.close();
  });

  test('are alive without a look at anything else, and show the figures as text', async () => {
    const look = jest.fn(down);
    const served = await serve([check('a', 'required', look)]);
    expect(await (await served.get('/healthz')).json()).toEqual({ ok: true, info: { status: 'ok' } });
    const metrics = await served.get('/metrics');
    expect(metrics.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await metrics.text()).toBe('thumbwheel_up 1\n');
    expect(look).not.toHaveBeenCalled();
    await served.close();
  });
});
