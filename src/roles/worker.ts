import { composeCore, connectDatabase, databaseCheck, geminiCheck, temporalCheck } from '../compose/core.ts';
import { VERSION } from '../compose/dist.ts';
import { givenParts } from '../compose/given.ts';
import type { RoleContext, Running } from '../compose/role.ts';
import { createShutdown } from '../compose/shutdown.ts';
import { composeWorker } from '../compose/worker.ts';
import { prepareExportDir } from '../dataset/export-file.ts';
import { createPrometheus } from '../metrics/prometheus.ts';
import { createProbes } from '../operations/health.ts';
import { createApp } from '../platform/http/app.ts';
import { disconnect } from '../platform/postgres/connect.ts';
import { openDoor } from './serve.ts';

/** The Temporal worker as a role of its own; over HTTP it serves its probes only. */
export async function runWorker(context: RoleContext): Promise<Running> {
  const { settings, log } = context;
  const parts = givenParts(context);
  await prepareExportDir(settings.feedbackExportDir);
  const shutdown = createShutdown(log);
  const door = await openDoor({ host: settings.host, port: settings.port });
  shutdown.add('HTTP', () => door.close(1_000));
  try {
    const core = composeCore(context, parts);
    const worker = composeWorker(core);
    const probes = createProbes({
      checks: [
        databaseCheck(core, 'required'),
        temporalCheck(core, 'required'),
        geminiCheck(core),
        { ...worker.check, need: 'required' },
      ],
      metricsText: createPrometheus({ version: VERSION, gauges: {} }).render,
    });
    door.serve(
      createApp({
        routes: [],
        access: { adminToken: '', tokenPlace: '', loopbackExports: 'closed' },
        rateLimit: { perMinute: 0, loopback: 'exempt' },
        trustProxy: 0,
        corsOrigins: [],
        log,
        extras: [probes.handler],
      }),
    );
    shutdown.add('Temporal client', core.temporal.close);
    shutdown.add('database', () => disconnect(core.db));
    await connectDatabase(core);
    shutdown.add('worker', worker.stop);
    await worker.start();
    return { stop: shutdown.run, failed: worker.failed };
  } catch (error) {
    await shutdown.run();
    throw error;
  }
}
