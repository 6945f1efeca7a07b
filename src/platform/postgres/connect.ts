import type { DataSource } from 'typeorm';
import type { Log } from '../../log.ts';
import { isDatabaseDown } from './errors.ts';

const RETRY_AFTER_MS = 1_000;

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
      await new Promise((done) => setTimeout(done, RETRY_AFTER_MS));
    }
  }
  throw signal.reason;
}

/** True when every migration of this program has run. */
export async function schemaIsCurrent(dataSource: DataSource): Promise<boolean> {
  return !(await dataSource.showMigrations());
}
