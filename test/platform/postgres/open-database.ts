import { pino } from 'pino';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../../src/platform/postgres/data-source.ts';
import { testDatabase } from '../../setup/servers.ts';

export const silent = pino({ level: 'silent' });

export interface OpenDatabase {
  url: string;
  db: DataSource;
  close: () => Promise<void>;
}

/** A migrated database of its own. Only the test's own time limit bounds its statements: a busy disk is no finding. */
export async function openDatabase(): Promise<OpenDatabase> {
  const { url, drop } = await testDatabase();
  const db = await createDataSource({ url, log: silent, poolSize: 4, statements: 'unbounded' }).initialize();
  const close = async () => {
    if (db.isInitialized) await db.destroy();
    await drop();
  };
  return { url, db, close };
}
