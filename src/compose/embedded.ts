import { basename, join, resolve } from 'node:path';
import { cacheFolder } from '../embedded/cache-folder.ts';
import { type KeepRunningOptions, keepRunning, type Server } from '../embedded/keep-running.ts';
import type { PortWish } from '../embedded/ports.ts';
import { type EmbeddedPostgres, startPostgres } from '../embedded/postgres.ts';
import { type EmbeddedTemporal, findTemporal, startTemporal } from '../embedded/temporal.ts';
import { startEmulator } from '../emulator/emulator.ts';
import { migrate } from '../platform/postgres/migrate.ts';
import { SEARCH_ATTRIBUTES } from '../platform/temporal/search-attributes.ts';
import { explainUnreachable } from './core.ts';
import { chooseGemini, geminiParts, type Parts } from './parts.ts';
import type { RoleContext } from './role.ts';
import type { Shutdown } from './shutdown.ts';

export interface EmbeddedParts {
  parts: Parts;
  databaseIs: 'embedded' | 'given';
  temporalIs: 'embedded' | 'given';
  /** How the Temporal command line is called here: by name where it is on PATH, else the copy in the cache. */
  temporalProgram: string;
  /** Rejects when an embedded server can't be kept running; else never settles. */
  failed: Promise<never>;
}

const TEMPORAL_PORT = 7233;
const TEMPORAL_UI_PORT = 8233;

type Embedding = { context: RoleContext; shutdown: Shutdown; fail: (error: unknown) => void };

/**
 * Starts a real server for each that isn't given, side by side, and brings the database up to date.
 * One that ends by itself is started again on the same port, with the same data.
 */
export async function embedParts(context: RoleContext, shutdown: Shutdown): Promise<EmbeddedParts> {
  const { settings } = context;
  const choice = chooseGemini(context, 'start');
  let fail: Embedding['fail'] = () => undefined;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => undefined);
  const database = startDatabase({ context, shutdown, fail });
  const temporal = startTemporalServer({ context, shutdown, fail });
  const emulator = choice.backend === 'emulator' ? startGemini(context, shutdown) : undefined;
  // When one fails, the others must be up or down before they can be stopped.
  await Promise.allSettled([database, temporal, emulator]);
  const { temporalProgram, ...addresses } = await temporal;
  return {
    parts: {
      databaseUrl: await database,
      redisUrl: settings.redisUrl,
      ...addresses,
      gemini: geminiParts(context, choice, await emulator),
    },
    databaseIs: settings.databaseUrl ? 'given' : 'embedded',
    temporalIs: settings.temporalAddress ? 'given' : 'embedded',
    temporalProgram,
    failed,
  };
}

async function startDatabase(embedding: Embedding): Promise<string> {
  const { settings, baseModels, log, say } = embedding.context;
  let url = settings.databaseUrl;
  if (!url) {
    const { dataDir } = settings;
    const start: Start<EmbeddedPostgres> = (before) =>
      startPostgres({ dataDir, progress: say, ...(before ? { port: before.port } : {}) });
    url = (await keep('PostgreSQL', start, embedding)).url;
  }
  const hasEnded = (model: string) => baseModels.hasEnded(model, new Date());
  await migrate({ url, log, baseModel: settings.geminiModel, hasEnded }).catch(explainUnreachable);
  return url;
}

type TemporalPart = Pick<Parts, 'temporalAddress' | 'temporalUiUrl'> & Pick<EmbeddedParts, 'temporalProgram'>;

async function startTemporalServer(embedding: Embedding): Promise<TemporalPart> {
  const { settings, say } = embedding.context;
  if (settings.temporalAddress) {
    const { temporalAddress, temporalUiUrl } = settings;
    return { temporalAddress, temporalUiUrl, temporalProgram: 'temporal' };
  }
  const { dataDir, temporalPort, temporalUiPort } = settings;
  const cacheDir = await cacheFolder(resolve(dataDir));
  const executable = await findTemporal({ cacheDir, progress: say });
  const server = await keep<EmbeddedTemporal>(
    'Temporal',
    (before) =>
      startTemporal({
        executable,
        dataDir,
        port: portWish('TEMPORAL_PORT', before?.port ?? temporalPort, TEMPORAL_PORT),
        uiPort: portWish('TEMPORAL_UI_PORT', before?.uiPort ?? temporalUiPort, TEMPORAL_UI_PORT),
        searchAttributes: SEARCH_ATTRIBUTES,
        progress: say,
      }),
    embedding,
  );
  return {
    temporalAddress: server.address,
    temporalUiUrl: settings.temporalUiUrl ?? server.uiUrl,
    temporalProgram: basename(executable) === 'temporal' ? 'temporal' : executable,
  };
}

/** Nobody looks for a server on another port than the chosen one, or the one it had before. */
function portWish(variable: string, chosen: number | undefined, usual: number): PortWish {
  return { variable, port: chosen ?? usual, fixed: chosen !== undefined };
}

type Start<S extends Server> = KeepRunningOptions<S>['start'];

async function keep<S extends Server>(
  name: string,
  start: Start<S>,
  { context: { log, say }, shutdown, fail }: Embedding,
): Promise<S> {
  const kept = await keepRunning({
    name,
    start,
    tell: (news, line) => {
      log[news.event === 'embedded.ended' ? 'warn' : 'info'](news, line);
      say(line);
    },
  });
  kept.failed.catch(fail);
  shutdown.add(name, kept.stop);
  return kept.server;
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
