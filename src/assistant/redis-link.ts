import { createClient } from 'redis';
import type { Log } from '../log.ts';

/** A Redis that answers slower than this counts as down: no person waits for it. */
const COMMAND_TIMEOUT_MS = 500;
const PROBE_EVERY_MS = 250;
const CONNECT_TIMEOUT_MS = 2_000;
const LONGEST_RECONNECT_PAUSE_MS = 500;

export interface RedisLinkOptions {
  url: string;
  log: Log;
  /** Called whenever Redis is there (again). */
  onUp: () => void;
}

export type RedisClient = ReturnType<typeof newClient>;

export interface RedisLink {
  /** Runs a command, or rejects at once while Redis is down, after half a second at the latest. */
  run: <T>(command: (client: RedisClient) => Promise<T>) => Promise<T>;
  isUp: () => boolean;
  close: () => void;
}

/** A connection that is never waited for: connects and heals in the background, and knows whether it works. */
export function createRedisLink({ url, log, onUp }: RedisLinkOptions): RedisLink {
  const client = newClient(url);
  /** One that was never there is told of as well, once. */
  let state: 'connecting' | 'up' | 'down' = 'connecting';
  let isClosed = false;
  let probe: NodeJS.Timeout | undefined;

  function up(): void {
    if (state === 'up' || isClosed) return;
    state = 'up';
    log.info({ event: 'feedback_context.redis_up' }, 'Redis is there');
    onUp();
  }

  function down(error: Error): void {
    if (state === 'down' || isClosed) return;
    state = 'down';
    const code = 'code' in error ? error.code : error.name;
    log.warn(
      { event: 'feedback_context.redis_down', code },
      'Redis at REDIS_URL is away: answers keep their contexts in this process, where no other replica finds them',
    );
  }

  /** A Redis that is frozen keeps its connection: it is asked until it answers. */
  async function ask(): Promise<void> {
    if (isClosed || !client.isReady) return;
    try {
      await bounded(client.ping());
      up();
    } catch {
      probe = setTimeout(() => void ask(), PROBE_EVERY_MS).unref();
    }
  }

  client.on('ready', up);
  client.on('error', down);
  client.connect().catch(down);

  return {
    isUp: () => state === 'up',
    run: async (command) => {
      if (state !== 'up') throw new Error('Redis is down');
      try {
        return await bounded(command(client));
      } catch (error) {
        if (error instanceof SlowRedisError && state === 'up') {
          down(error);
          void ask();
        }
        throw error;
      }
    },
    close: () => {
      isClosed = true;
      clearTimeout(probe);
      if (client.isOpen) client.destroy();
    },
  };
}

function newClient(url: string) {
  return createClient({
    url,
    disableOfflineQueue: true,
    socket: {
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectStrategy: (retries) => Math.min(LONGEST_RECONNECT_PAUSE_MS, 20 * 2 ** Math.min(retries, 10)),
    },
  });
}

class SlowRedisError extends Error {
  override readonly name = 'SlowRedisError';
}

/** The client's own command timeout ends with the sending; this one covers the reply too. */
async function bounded<T>(reply: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new SlowRedisError('Redis did not answer in time')), COMMAND_TIMEOUT_MS);
  });
  try {
    return await Promise.race([reply, late]);
  } finally {
    clearTimeout(timer);
  }
}
