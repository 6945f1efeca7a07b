import { join } from 'node:path';
import { composeApi } from '../compose/api.ts';
import { composeCore, connectDatabase } from '../compose/core.ts';
import { embedParts } from '../compose/embedded.ts';
import type { RoleContext, Running } from '../compose/role.ts';
import { createShutdown } from '../compose/shutdown.ts';
import { composeWorker } from '../compose/worker.ts';
import { prepareExportDir } from '../dataset/export-file.ts';
import { dataFolder } from '../embedded/data-folder.ts';
import { openAdminToken } from '../operations/admin-token.ts';
import { disconnect } from '../platform/postgres/connect.ts';
import { openDoor } from './serve.ts';
import { summaryLines } from './summary.ts';

const STREAMS_MAY_TAKE_MS = 4_000;

/** Everything in one process, with real servers embedded where none are given. */
export async function runStart(context: RoleContext): Promise<Running> {
  const { settings, log, say } = context;
  await dataFolder(settings.dataDir);
  await prepareExportDir(settings.feedbackExportDir);
  const host = settings.host;
  const shutdown = createShutdown(log);
  const door = await openDoor({ host, port: settings.port });
  shutdown.add('HTTP', () => door.close(STREAMS_MAY_TAKE_MS));
  try {
    const { parts, databaseIs, temporalIs, temporalProgram, failed } = await embedParts(context, shutdown);
    const admin = openAdminToken({ given: settings.adminToken, dataDir: settings.dataDir });
    const allEmbedded =
      databaseIs === 'embedded' && parts.gemini.choice.backend === 'emulator' && !settings.adminToken;
    const core = composeCore({ ...context, stopping: stopSignal(context.stopping, failed) }, parts);
    shutdown.add('Temporal client', core.temporal.close);
    const worker = composeWorker(core);
    const api = composeApi(core, {
      access: {
        adminToken: admin.token,
        tokenPlace: admin.place,
        loopbackExports: allEmbedded ? 'open' : 'closed',
      },
      rateLimit: {
        perMinute: settings.rateLimitPerMinute ?? 600,
        loopback: settings.rateLimitPerMinute === undefined ? 'exempt' : 'limited',
      },
      checks: [worker.check],
    });
    shutdown.add('database', () => disconnect(core.db));
    await connectDatabase(core);
    await api.start();
    shutdown.add('API', api.stop);
    shutdown.add('worker', worker.stop);
    await worker.start();
    // Side by side, since streams and activities may take seconds each and all must end within ten.
    shutdown.add('HTTP and worker', async () => {
      api.stopping(STREAMS_MAY_TAKE_MS);
      await Promise.all([door.close(STREAMS_MAY_TAKE_MS), worker.stop()]);
    });
    door.serve(api.app);
    const lines = summaryLines({
      pageUrl: `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${door.port}`,
      temporalUiUrl: parts.temporalUiUrl,
      temporalAddress: parts.temporalAddress,
      temporalProgram,
      answers: `${parts.gemini.choice.backend === 'emulator' ? 'the Gemini emulator, not Gemini' : `Gemini (${parts.gemini.choice.backend})`}: ${parts.gemini.choice.reason}`,
      database:
        databaseIs === 'embedded'
          ? `PostgreSQL, embedded, in ${join(settings.dataDir, 'postgres')}`
          : 'PostgreSQL at DATABASE_URL',
      temporal:
        temporalIs === 'embedded'
          ? `dev server, embedded, at ${parts.temporalAddress}`
          : parts.temporalAddress,
      contexts: parts.redisUrl ? 'Redis at REDIS_URL' : 'in this process’s memory',
      adminToken: admin.place,
      headerFile: admin.headerFile,
      nextRun: await worker.nextRun(),
      pausedBy: settings.feedbackExportEnabled ? 'by hand' : 'FEEDBACK_EXPORT_ENABLED=false',
      pipeline: spokenPipeline(settings.feedbackAutoTuneEnabled, worker.whyNoTuning),
      logFile: settings.logFile || undefined,
    });
    for (const line of lines) say(line);
    return { stop: shutdown.run, failed: firstOf(worker.failed, failed) };
  } catch (error) {
    await shutdown.run();
    throw error;
  }
}

/** What waits for a server in a start must not wait for one that was given up. */
function stopSignal(asked: AbortSignal, failed: Promise<never>): AbortSignal {
  const givenUp = new AbortController();
  failed.catch((error: unknown) => givenUp.abort(error));
  return AbortSignal.any([asked, givenUp.signal]);
}

function firstOf(...failures: Promise<never>[]): Promise<never> {
  const first = Promise.race(failures);
  // The rejection is the caller's to see; before it looks it must not count as unhandled.
  first.catch(() => undefined);
  return first;
}

/** What the night will do, and why not more: said at the start and not at night. */
function spokenPipeline(autoTune: boolean, whyNoTuning: string | undefined): string {
  if (whyNoTuning) return `it exports; nothing can be tuned: ${whyNoTuning}`;
  return autoTune ? 'it exports and tunes' : 'it exports only (FEEDBACK_AUTO_TUNE_ENABLED=false)';
}
