import type { Server } from 'node:http';
import { join } from 'node:path';
import { controlRoutes } from './control.ts';
import type { EmulatorLog } from './emulator-log.ts';
import { createFaultBook } from './faults/faults.ts';
import { fileRoutes } from './files/files.ts';
import { loadKnownQuestions } from './gemini/known-questions.ts';
import { modelRoutes } from './gemini/model-routes.ts';
import { modelListRoutes } from './gemini/models.ts';
import { healthRoutes } from './health.ts';
import { defaultSettings } from './knobs.ts';
import { createRequestLog } from './request-log.ts';
import { openState } from './state.ts';
import { sweepLeftovers } from './storage/blobs.ts';
import { storageRoutes } from './storage/cloud-storage.ts';
import { tuningRoutes } from './tuning/tuning-jobs.ts';
import { createServer } from './wire/server.ts';
import type { World } from './world.ts';

export interface EmulatorOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Folder of jobs, files, objects and knobs; made when missing. */
  readonly stateDir: string;
  readonly log: EmulatorLog;
  /** How long a tuning job takes, unless a knob says otherwise. Default 20 s. */
  readonly tuningDurationMs?: number;
  /** Tuning jobs of a project that run at once, unless a knob says otherwise. Default 1, as Google's. */
  readonly concurrentJobs?: number;
}

export interface Emulator {
  readonly url: string;
  readonly port: number;
  /** Ends open connections too; what was answered is on disk. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Starts Google's wire format on one port: Gemini's Developer API, Vertex AI with tuning, Cloud Storage.
 * Rejects with the listener's error (EADDRINUSE and the like) when the port can't be had.
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const world = await createWorld(options);
  const app = createServer(world, [
    ...modelRoutes(world),
    ...modelListRoutes(world),
    ...tuningRoutes(world),
    ...fileRoutes(world),
    ...storageRoutes(world),
    ...healthRoutes(world),
    ...controlRoutes(world),
  ]);
  const server = await new Promise<Server>((resolve, reject) => {
    const listening = app.listen(options.port, options.host, (error?: Error) =>
      error === undefined ? resolve(listening) : reject(error),
    );
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  const url = `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`;
  options.log.info({ event: 'emulator.started', url }, `The Gemini emulator listens on ${url}`);
  let closing: Promise<void> | undefined;
  return {
    url,
    port,
    close() {
      closing ??= closeServer(world, server);
      return closing;
    },
  };
}

async function createWorld(options: EmulatorOptions): Promise<World> {
  const { stateDir, log, tuningDurationMs, concurrentJobs } = options;
  const started = {
    ...defaultSettings,
    ...(tuningDurationMs === undefined ? {} : { tuningDurationMs }),
    ...(concurrentJobs === undefined ? {} : { concurrentJobs }),
  };
  const store = await openState({ stateDir, log });
  const blobDir = join(stateDir, 'blobs');
  await sweepLeftovers(blobDir);
  let loading: ReturnType<typeof loadKnownQuestions> | undefined;
  return {
    store,
    blobDir,
    faults: createFaultBook(),
    requests: createRequestLog(),
    log,
    settings: () => Object.assign({}, started, store.current.settings),
    nowMs: () => Date.now() + store.current.clockOffsetMs,
    questions() {
      loading ??= loadKnownQuestions().catch((error: unknown) => {
        loading = undefined;
        throw error;
      });
      return loading;
    },
  };
}

async function closeServer(world: World, server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeAllConnections();
  await closed;
  await world.store.save();
}
