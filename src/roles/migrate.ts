import { explainUnreachable } from '../compose/core.ts';
import { type RoleContext, RoleError } from '../compose/role.ts';
import { migrate } from '../platform/postgres/migrate.ts';

/** Runs the migrations once and ends. */
export async function runMigrate({ settings, baseModels, log, say }: RoleContext): Promise<void> {
  if (!settings.databaseUrl)
    throw new RoleError('DATABASE_URL is not set: `migrate` needs the database it should bring up to date.');
  await migrate({
    url: settings.databaseUrl,
    log,
    baseModel: settings.geminiModel,
    hasEnded: (model) => baseModels.hasEnded(model, new Date()),
  }).catch(explainUnreachable);
  say('The database is up to date.');
}
