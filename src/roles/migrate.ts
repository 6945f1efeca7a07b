import { explainUnreachable } from '../compose/core.ts';
import { givenDatabase } from '../compose/given.ts';
import type { RoleContext } from '../compose/role.ts';
import { migrate } from '../platform/postgres/migrate.ts';

/** Runs the migrations once and ends. */
export async function runMigrate({ settings, baseModels, log, say }: RoleContext): Promise<void> {
  await migrate({
    url: givenDatabase(settings),
    log,
    baseModel: settings.geminiModel,
    hasEnded: (model) => baseModels.hasEnded(model, new Date()),
  }).catch(explainUnreachable);
  say('The database is up to date.');
}
