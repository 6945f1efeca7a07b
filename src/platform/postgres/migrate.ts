import type { QueryRunner } from 'typeorm';
import { baseModelTable } from '../../gemini/base-models.ts';
import type { Log } from '../../log.ts';
import { adoptRegistry } from '../../models/adopt.ts';
import { disconnect } from './connect.ts';
import { createDataSource } from './data-source.ts';

/** Key of the advisory lock under which one process at a time migrates. */
const MIGRATION_LOCK = 7_487_001;

export interface MigrateOptions {
  url: string;
  log: Log;
  /** Base model of an empty registry. */
  baseModel: string;
  /** Google's dates by default; an operator may know better. */
  hasEnded?: (baseModel: string) => boolean;
}

/**
 * Brings the schema up to date and makes the registry whole; safe to run from several processes at once.
 * @throws when the database can't be reached or a migration fails; what went before a failing one is kept.
 */
export async function migrate({
  url,
  log,
  baseModel,
  hasEnded = (model) => baseModelTable({}).hasEnded(model, new Date()),
}: MigrateOptions): Promise<void> {
  const dataSource = await createDataSource({ url, log, poolSize: 3, statements: 'unbounded' }).initialize();
  try {
    const runner = dataSource.createQueryRunner();
    await underLock(runner, async () => {
      const ran = await dataSource.runMigrations();
      for (const migration of ran)
        log.info({ event: 'database.migrated', migration: migration.name }, 'Migration ran');
      await adoptRegistry({ runner, baseModel, hasEnded, log });
    });
  } finally {
    await disconnect(dataSource);
  }
}

async function underLock(runner: QueryRunner, work: () => Promise<void>): Promise<void> {
  await runner.query('SET statement_timeout = 0');
  await runner.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
  try {
    await work();
  } finally {
    await runner.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
    await runner.release();
  }
}
