import { join } from 'node:path';
import { cacheFolder } from '../../../src/embedded/cache-folder.ts';
import { startPostgres } from '../../../src/embedded/postgres.ts';
import { findTemporal, startTemporal } from '../../../src/embedded/temporal.ts';
import { ownValkey } from '../../assistant/valkey.ts';
import { ownPort } from '../../setup/servers.ts';

interface Server {
  pid: number;
  stop: () => Promise<void>;
}

/** A server that comes back on the same port with the same data. */
export interface Restartable {
  pid: () => number;
  stop: () => Promise<void>;
  start: () => Promise<void>;
}

export interface GivenServers {
  postgres: Restartable;
  temporal: Restartable;
  valkey: Pick<Restartable, 'stop' | 'start'>;
  environment: Record<'DATABASE_URL' | 'TEMPORAL_ADDRESS' | 'REDIS_URL', string>;
  stop: () => Promise<void>;
}

/** Real servers of a journey's own, given to Thumbwheel by their variables, that can be stopped and started. */
export async function startGivenServers(dataDir: string): Promise<GivenServers> {
  const progress = () => undefined;
  const executable = await findTemporal({ cacheDir: await cacheFolder(join(dataDir, 'cache')), progress });
  const [postgresPort, temporalPort, uiPort] = await Promise.all([ownPort(), ownPort(), ownPort()]);
  const fixed = (port: number) => ({ port, fixed: true, variable: 'the test' });
  const [postgres, temporal, valkey] = await Promise.all([
    restartable(() => startPostgres({ dataDir, port: postgresPort, durability: 'none', progress })),
    restartable(() =>
      startTemporal({
        executable,
        dataDir,
        port: fixed(temporalPort),
        uiPort: fixed(uiPort),
        searchAttributes: {},
        progress,
      }),
    ),
    ownValkey(),
  ]);
  return {
    postgres,
    temporal,
    valkey: { stop: valkey.kill, start: valkey.restart },
    environment: {
      DATABASE_URL: `postgres://postgres@127.0.0.1:${postgresPort}/thumbwheel`,
      TEMPORAL_ADDRESS: `127.0.0.1:${temporalPort}`,
      REDIS_URL: valkey.url,
    },
    stop: async () => {
      await Promise.all([postgres.stop(), temporal.stop(), valkey.kill()]);
    },
  };
}

async function restartable(start: () => Promise<Server>): Promise<Restartable> {
  let server = await start();
  return {
    pid: () => server.pid,
    stop: () => server.stop(),
    start: async () => {
      server = await start();
    },
  };
}
