import { join, resolve } from 'node:path';
import { cacheFolder } from '../embedded/cache-folder.ts';
import { startPostgres } from '../embedded/postgres.ts';
import { findTemporal, startTemporal } from '../embedded/temporal.ts';
import { startEmulator } from '../emulator/emulator.ts';
import { migrate } from '../platform/postgres/migrate.ts';
import type { RoleContext } from '../roles/role.ts';
import type { Shutdown } from '../roles/shutdown.ts';
import { chooseGemini, geminiParts, type Parts } from './parts.ts';

export interface EmbeddedParts {
  parts: Parts;
  databaseIs: 'embedded' | 'given';
  temporalIs: 'embedded' | 'given';
}

const SEARCH_ATTRIBUTES = { ModelVersion: 'Keyword', RolloutStage: 'Int', RolloutVerdict: 'Keyword' };
const TEMPORAL_PORT = 7233;
const TEMPORAL_UI_PORT = 8233;

/** Starts a real server for each that isn't given, side by side, and brings the database up to date. */
export async function embedParts(context: RoleContext, shutdown: Shutdown): Promise<EmbeddedParts> {
  const { settings } = context;
  const choice = chooseGemini(context, 'start');
  const database = startDatabase(context, shutdown);
  const temporal = startTemporalServer(context, shutdown);
  const emulator = choice.backend === 'emulator' ? startGemini(context, shutdown) : undefined;
  // When one fails, the others must be up or down before they can be stopped.
  await Promise.allSettled([database, temporal, emulator]);
  return {
    parts: {
      databaseUrl: await database,
      redisUrl: settings.redisUrl,
      ...(await temporal),
      gemini: geminiParts(context, choice, await emulator),
    },
    databaseIs: settings.databaseUrl ? 'given' : 'embedded',
    temporalIs: settings.temporalAddress ? 'given' : 'embedded',
  };
}

async function startDatabase(
  { settings, baseModels, log, say }: RoleContext,
  shutdown: Shutdown,
): Promise<string> {
  let url = settings.databaseUrl;
  if (!url) {
    const postgres = await startPostgres({ dataDir: settings.dataDir, progress: say });
    shutdown.add('PostgreSQL', postgres.stop);
    url = postgres.url;
  }
  const hasEnded = (model: string) => baseModels.hasEnded(model, new Date());
  await migrate({ url, log, baseModel: settings.geminiModel, hasEnded });
  return url;
}

async function startTemporalServer(
  { settings, say }: RoleContext,
  shutdown: Shutdown,
): Promise<Pick<Parts, 'temporalAddress' | 'temporalUiUrl'>> {
  if (settings.temporalAddress) {
    return { temporalAddress: settings.temporalAddress, temporalUiUrl: settings.temporalUiUrl };
  }
  const cacheDir = await cacheFolder(resolve(settings.dataDir));
  const executable = await findTemporal({ cacheDir, progress: say });
  const { temporalPort, temporalUiPort } = settings;
  const server = await startTemporal({
    executable,
    dataDir: settings.dataDir,
    port: {
      port: temporalPort ?? TEMPORAL_PORT,
      fixed: temporalPort !== undefined,
      variable: 'TEMPORAL_PORT',
    },
    uiPort: {
      port: temporalUiPort ?? TEMPORAL_UI_PORT,
      fixed: temporalUiPort !== undefined,
      variable: 'TEMPORAL_UI_PORT',
    },
    searchAttributes: SEARCH_ATTRIBUTES,
    progress: say,
  });
  shutdown.add('Temporal', server.stop);
  return { temporalAddress: server.address, temporalUiUrl: settings.temporalUiUrl ?? server.uiUrl };
}

async function startGemini({ settings, log }: RoleContext, shutdown: Shutdown): Promise<string> {
  const emulator = await startEmulator({
    host: '127.0.0.1',
    port: 0,
    stateDir: join(settings.dataDir, 'emulator'),
    log,
    tuningDurationMs: settings.emulatorTuningDurationMs,
  });
  shutdown.add('emulator', emulator.close);
  return emulator.url;
}
