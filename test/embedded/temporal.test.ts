import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { cacheFolder } from '../../src/embedded/cache-folder.ts';
import type { PortWish } from '../../src/embedded/ports.ts';
import { isRunning } from '../../src/embedded/process-table.ts';
import { type EmbeddedTemporal, findTemporal, startTemporal } from '../../src/embedded/temporal.ts';
import { ownPort } from '../setup/servers.ts';

const progress = () => undefined;
const anyPort: PortWish = { port: 0, fixed: false, variable: 'TEMPORAL_PORT' };

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'thumbwheel-temporal-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

async function start(ports: { port?: PortWish; uiPort?: PortWish } = {}): Promise<EmbeddedTemporal> {
  const executable = await findTemporal({ cacheDir: await cacheFolder(dataDir), progress });
  const searchAttributes = { ModelVersion: 'Keyword', RolloutStage: 'Int', RolloutVerdict: 'Keyword' };
  return startTemporal({
    executable,
    dataDir,
    port: anyPort,
    uiPort: anyPort,
    searchAttributes,
    progress,
    ...ports,
  });
}

async function withServer<T>(
  use: (connection: Connection, server: EmbeddedTemporal) => Promise<T>,
): Promise<T> {
  const server = await start();
  const connection = await Connection.connect({ address: server.address });
  try {
    return await use(connection, server);
  } finally {
    await connection.close();
    await server.stop();
  }
}

async function listenOn(port: number): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return server;
}

describe('the embedded Temporal server', () => {
  test('keeps closed runs 30 days, knows the search attributes, and shows its Web UI', async () => {
    await withServer(async (connection, { uiUrl }) => {
      const { config } = await connection.workflowService.describeNamespace({ namespace: 'default' });
      expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(30 * 86_400);
      const { customAttributes } = await connection.operatorService.listSearchAttributes({
        namespace: 'default',
      });
      expect(Object.keys(customAttributes ?? {})).toEqual(
        expect.arrayContaining(['ModelVersion', 'RolloutStage', 'RolloutVerdict']),
      );
      expect((await fetch(uiUrl)).status).toBe(200);
    });
  });

  test('goes on with running workflows after a stop and a start, and leaves no process', async () => {
    const first = await withServer(async (connection, server) => {
      const client = new Client({ connection });
      await client.workflow.start('anything', { workflowId: 'kept', taskQueue: 'nobody' });
      return server;
    });
    expect(await isRunning(first.pid)).toBe(false);
    await withServer(async (connection) => {
      const description = await new Client({ connection }).workflow.getHandle('kept').describe();
      expect(description.status.name).toBe('RUNNING');
    });
  });

  test('takes the next free ports where the wished ones are taken and nobody chose them by hand', async () => {
    const port = await ownPort();
    const other = await listenOn(port);
    const wish = { port, fixed: false, variable: 'TEMPORAL_PORT' };
    const server = await start({ port: wish, uiPort: wish });
    await server.stop();
    other.close();
    expect(Number(server.address.split(':')[1])).toBeGreaterThan(port);
    expect(Number(new URL(server.uiUrl).port)).toBeGreaterThan(Number(server.address.split(':')[1]));
  });

  test('does not start on another port than the one chosen by hand, and names the variable', async () => {
    const port = await ownPort();
    const other = await listenOn(port);
    await expect(start({ uiPort: { port, fixed: true, variable: 'TEMPORAL_UI_PORT' } })).rejects.toThrow(
      `Port ${port} (TEMPORAL_UI_PORT) is in use by another program.`,
    );
    other.close();
    await expect(readFile(join(dataDir, 'temporal.pid'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
