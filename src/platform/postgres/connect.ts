import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import type { Log } from '../../log.ts';
import { isDatabaseDown } from './errors.ts';

const RETRY_AFTER_MS = 1_000;
/** A server that is frozen or gone never says goodbye. */
const GOODBYE_MS = 1_000;

/** Connects, waiting for a database that isn't there yet; other failures (a wrong password) are thrown at once. */
export async function connectWhenThere(dataSource: DataSource, log: Log, signal: AbortSignal): Promise<void> {
  let waiting = false;
  while (!signal.aborted) {
    try {
      await dataSource.initialize();
      return;
    } catch (error) {
      if (!isDatabaseDown(error)) throw error;
      if (!waiting)
        log.warn(
          { event: 'database.waiting', err: error },
          'The database can’t be reached yet; waiting for it',
        );
      waiting = true;
      await sleep(RETRY_AFTER_MS, undefined, { signal }).catch(() => undefined);
    }
  }
  throw signal.reason;
}

/** True when every migration of this program has run. */
export async function schemaIsCurrent(dataSource: DataSource): Promise<boolean> {
  return !(await dataSource.showMigrations());
}

/**
 * Ends the pool and waits until its connections are closed. The pool itself counts as ended while they are still
 * closing, and a PostgreSQL that is stopped in that moment cuts them off, which would be logged as a loss.
 */
export async function disconnect(dataSource: DataSource): Promise<void> {
  if (!dataSource.isInitialized) return;
  const closed = connectionsClosed(dataSource);
  await dataSource.destroy();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((done) => {
    timer = setTimeout(done, GOODBYE_MS);
  });
  await Promise.race([closed, late]);
  clearTimeout(timer);
}

function connectionsClosed({ driver }: DataSource): Promise<void> {
  const pool = 'master' in driver ? driver.master : undefined;
  if (!(pool instanceof pg.Pool)) return Promise.resolve();
  return new Promise((done) => {
    let open = pool.totalCount;
    if (open === 0) return done();
    pool.on('remove', () => {
      open -= 1;
      if (open === 0) done();
    });
  });
}
