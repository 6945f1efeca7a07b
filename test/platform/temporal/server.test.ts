import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { pino } from 'pino';
import { cacheFolder } from '../../../src/embedded/cache-folder.ts';
import { type EmbeddedTemporal, findTemporal, startTemporal } from '../../../src/embedded/temporal.ts';
import { connectTemporal, type Temporal, temporalTarget } from '../../../src/platform/temporal/connection.ts';
import { ensureSearchAttributes } from '../../../src/platform/temporal/search-attributes.ts';
import { createWorkerRole } from '../../../src/platform/temporal/worker.ts';
import { uniqueTaskQueue, workflowBundle } from '../../setup/servers.ts';

const log = pino({ level: 'silent' });

let folder: string;
let server: EmbeddedTemporal;
let connection: Connection;
let temporal: Temporal;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thumbwheel-temporal-test-'));
  const progress = () => undefined;
  const executable = await findTemporal({ cacheDir: await cacheFolder(join(folder, 'cache')), progress });
  const anyPort = { port: 0, fixed: false, variable: '' };
  server = await startTemporal({
    executable,
    dataDir: folder,
    port: anyPort,
    uiPort: anyPort,
    searchAttributes: {},
    progress,
  });
  connection = await Connection.connect({ address: server.address });
  temporal = connectTemporal(temporalTarget({}, server.address, 'default'));
});

afterAll(async () => {
  await Promise.all([temporal.close(), connection.close()]);
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('search attributes', () => {
  test('are registered on a fresh server, and again without harm', async () => {
    expect(await ensureSearchAttributes({ temporal, log })).toBe('registered');
    expect(await ensureSearchAttributes({ temporal, log })).toBe('registered');
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace: 'default',
    });
    expect(customAttributes).toMatchObject({ ModelVersion: 2, RolloutStage: 3, RolloutVerdict: 2 });
  });

  test('that are there with another type are named, with the command that registers them', async () => {
    await connection.workflowService.registerNamespace({
      namespace: 'other',
      workflowExecutionRetentionPeriod: msToTs('1 day'),
    });
    const other = connectTemporal(temporalTarget({}, server.address, 'other'));
    const searchAttributes = { RolloutStage: 2 };
    await untilItWorks(() =>
      connection.operatorService.addSearchAttributes({ namespace: 'other', searchAttributes }),
    );
    expect(await ensureSearchAttributes({ temporal: other, log })).toEqual({
      missing: ['RolloutStage'],
      command: 'temporal operator search-attribute create --namespace other --name RolloutStage --type Int',
    });
    await other.close();
  });
});

test('a call that no server answers is refused as temporal_unavailable within seconds', async () => {
  const away = connectTemporal(temporalTarget({}, '127.0.0.1:9', 'default'));
  const began = performance.now();
  await expect(away.call((client) => client.workflow.getHandle('x').describe())).rejects.toMatchObject({
    code: 'temporal_unavailable',
  });
  // The SDK by itself would try for 20 s.
  expect(performance.now() - began).toBeLessThan(12_000);
  expect(await away.isServing()).toBe(false);
  await away.close();
});

describe('the worker', () => {
  const roleAt = (address: string) =>
    createWorkerRole({
      target: temporalTarget({}, address, 'default'),
      taskQueue: uniqueTaskQueue(),
      activities: {},
      workflowBundlePath: workflowBundle().codePath,
      log,
    });

  test('polls once it is started and ends when it is stopped', async () => {
    const role = roleAt(server.address);
    expect(role.status().state).toBe('waiting');
    await role.start();
    expect(role.status()).toEqual({ state: 'polling', activitiesInFlight: 0 });
    await role.stop();
    await role.ended;
    expect(role.status().state).toBe('stopped');
    await role.stop();
  });

  test('waits for a server that is not there yet', async () => {
    const port = await freePort();
    const role = roleAt(`127.0.0.1:${port}`);
    const starting = role.start();
    await new Promise((done) => setTimeout(done, 700));
    expect(role.status().state).toBe('waiting');
    const proxy = await proxyTo(server.address, port);
    await starting;
    expect(role.status().state).toBe('polling');
    await role.stop();
    proxy.close();
  });

  test('can be stopped while it waits', async () => {
    const role = roleAt('127.0.0.1:9');
    const starting = role.start();
    await role.stop();
    await starting;
    expect(role.status().state).toBe('stopped');
  });
});

/** A new namespace takes a moment until it is known everywhere. */
async function untilItWorks(work: () => Promise<unknown>, tries = 50): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (tries === 0) throw error;
    await new Promise((done) => setTimeout(done, 200));
    await untilItWorks(work, tries - 1);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const bound = server.address();
  await new Promise((done) => server.close(done));
  return typeof bound === 'object' && bound !== null ? bound.port : 0;
}

async function proxyTo(address: string, port: number): Promise<Server> {
  const [host, target] = address.split(':');
  const proxy = createServer((socket) => {
    const upstream = connect(Number(target), host);
    socket.on('error', () => upstream.destroy()).pipe(upstream);
    upstream.on('error', () => socket.destroy()).pipe(socket);
  });
  await new Promise<void>((done) => proxy.listen(port, '127.0.0.1', done));
  return proxy;
}
