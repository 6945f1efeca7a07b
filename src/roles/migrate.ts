import { type RoleContext, RoleError } from '../compose/role.ts';
import { isDatabaseDown } from '../platform/postgres/errors.ts';
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

function explainUnreachable(error: unknown): never {
  if (!isDatabaseDown(error)) throw error;
  const why = error instanceof Error && error.message ? ` (${error.message})` : '';
  throw new RoleError(
    `The database at DATABASE_URL can’t be reached${why}. Check its address and that it runs, then try again.`,
  );
}
