import { setTimeout as sleep } from 'node:timers/promises';
import {
  type LogLevel,
  type LogMetadata,
  makeTelemetryFilterString,
  NativeConnection,
  Runtime,
  Worker,
} from '@temporalio/worker';
import type { Log } from '../../log.ts';
import type { TemporalTarget } from './connection.ts';

export interface WorkerRoleOptions {
  target: TemporalTarget;
  taskQueue: string;
  activities: object;
  /** File with the bundled workflows. */
  workflowBundlePath: string;
  log: Log;
  /** How long running activities may finish after `stop`; they go on elsewhere. Default 5 s. */
  graceMs?: number;
}

/** `waiting`: Temporal has not answered yet. `failed`: the worker ended by itself. */
export type WorkerState = 'waiting' | 'polling' | 'stopping' | 'stopped' | 'failed';

export interface WorkerRole {
  /** Connects, trying until Temporal answers, and begins to poll. Resolves early when stopped meanwhile. */
  start: () => Promise<void>;
  /** Drains: no new work, running activities get the grace time. May be called at any time, more than once. */
  stop: () => Promise<void>;
  /** Rejects when the worker ends by itself; the process should then end too. Resolves after `stop`. */
  ended: Promise<void>;
  /** For `/readyz`. */
  status: () => { state: WorkerState; activitiesInFlight: number };
}

const DEFAULT_GRACE_MS = 5_000;
/** An activity that ignores its cancellation must not hold up the end of the process. */
const FORCE_AFTER_GRACE_MS = 2_000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 5_000;

export function createWorkerRole(options: WorkerRoleOptions): WorkerRole {
  const { log, target } = options;
  const stopping = new AbortController();
  const finished = createEnd();
  let state: WorkerState = 'waiting';
  let worker: Worker | undefined;
  let starting: Promise<void> | undefined;

  async function begin(): Promise<void> {
    installRuntime(log);
    const connection = await connect(options, stopping.signal);
    if (!connection) return settle('stopped');
    worker = await createWorker(options, connection);
    if (stopping.signal.aborted) {
      // A connection can't be closed while a worker holds it, and a worker lets go of it only by running.
      await worker.runUntil(Promise.resolve());
      await connection.close();
      return settle('stopped');
    }
    state = 'polling';
    log.info(
      { event: 'worker.started', task_queue: options.taskQueue, address: target.address },
      `The worker polls ${options.taskQueue}`,
    );
    void worker
      .run()
      .finally(() => connection.close())
      .then(() => settle('stopped'), fail);
  }

  function settle(end: 'stopped'): void {
    state = end;
    finished.resolve();
  }

  function fail(error: unknown): void {
    state = 'failed';
    log.error({ event: 'worker.failed', err: error }, 'The worker ended by itself; start this process again');
    finished.reject(error);
  }

  return {
    start: () => {
      starting ??= begin().catch((error: unknown) => {
        fail(error);
        throw error;
      });
      return starting;
    },
    stop: async () => {
      stopping.abort();
      if (!starting) return settle('stopped');
      await starting.catch(() => undefined);
      if (state === 'polling') {
        state = 'stopping';
        worker?.shutdown();
      }
      await finished.promise.catch(() => undefined);
    },
    ended: finished.promise,
    status: () => ({ state, activitiesInFlight: worker?.getStatus().numInFlightActivities ?? 0 }),
  };
}

interface End {
  promise: Promise<void>;
  resolve: () => void;
  reject: (error: unknown) => void;
}

function createEnd(): End {
  let resolve: End['resolve'] = () => undefined;
  let reject: End['reject'] = () => undefined;
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  // The rejection is the caller's to see; without a caller it must not count as unhandled.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}

/** The first connection fails at once where no server is; later outages the worker survives by itself. */
async function connect(
  { target, log }: WorkerRoleOptions,
  stopping: AbortSignal,
): Promise<NativeConnection | undefined> {
  for (let waitMs = FIRST_RETRY_MS; !stopping.aborted; waitMs = Math.min(waitMs * 2, LONGEST_RETRY_MS)) {
    try {
      return await NativeConnection.connect(target.options);
    } catch (error) {
      log.warn(
        { event: 'worker.waiting', address: target.address, err: error },
        `Temporal at ${target.address} does not answer; the worker tries again in ${waitMs / 1000} s`,
      );
      await sleep(waitMs, undefined, { signal: stopping }).catch(() => undefined);
    }
  }
  return undefined;
}

function createWorker(
  { target, taskQueue, activities, workflowBundlePath, graceMs = DEFAULT_GRACE_MS }: WorkerRoleOptions,
  connection: NativeConnection,
): Promise<Worker> {
  return Worker.create({
    connection,
    namespace: target.namespace,
    taskQueue,
    activities,
    workflowBundle: { codePath: workflowBundlePath },
    shutdownGraceTime: graceMs,
    shutdownForceTime: graceMs + FORCE_AFTER_GRACE_MS,
  });
}

let installed = false;

/**
 * Once in a process, before the first worker: its log lines go into ours, and the order of the shutdown stays with the
 * composition root, since the runtime would otherwise take SIGINT and SIGTERM for itself.
 */
function installRuntime(log: Log): void {
  if (installed) return;
  installed = true;
  Runtime.install({
    shutdownSignals: [],
    logger: loggerInto(log),
    telemetryOptions: {
      logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) },
    },
  });
}

function loggerInto(log: Log) {
  const write = (level: LogLevel, message: string, meta?: LogMetadata) => {
    const { error, sdkComponent, ...rest } = meta ?? {};
    const fields = {
      event: 'temporal.sdk',
      component: String(sdkComponent ?? 'sdk'),
      ...(error ? { err: error } : {}),
    };
    log[LEVELS[level]]({ ...plainFields(rest), ...fields }, message);
  };
  return {
    log: write,
    trace: (message: string, meta?: LogMetadata) => write('TRACE', message, meta),
    debug: (message: string, meta?: LogMetadata) => write('DEBUG', message, meta),
    info: (message: string, meta?: LogMetadata) => write('INFO', message, meta),
    warn: (message: string, meta?: LogMetadata) => write('WARN', message, meta),
    error: (message: string, meta?: LogMetadata) => write('ERROR', message, meta),
  };
}

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'debug', WARN: 'warn', ERROR: 'error' } as const;

/** Ids and counts only: an object could carry what must not be in a log. */
function plainFields(meta: LogMetadata): LogMetadata {
  return Object.fromEntries(
    Object.entries(meta).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value)),
  );
}
