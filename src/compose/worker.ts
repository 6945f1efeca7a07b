import { setTimeout as sleep } from 'node:timers/promises';
import { isAppError } from '../errors.ts';
import type { Check } from '../operations/health.ts';
import { ensureSchedule, nextRun } from '../pipeline/schedule.ts';
import { connectWhenThere, disconnect } from '../platform/postgres/connect.ts';
import { createDataSource } from '../platform/postgres/data-source.ts';
import type { TemporalTarget } from '../platform/temporal/connection.ts';
import { ensureSearchAttributes } from '../platform/temporal/search-attributes.ts';
import { TASK_QUEUE } from '../platform/temporal/task-queue.ts';
import { createWorkerRole, type WorkerRole } from '../platform/temporal/worker.ts';
import { composeActivities, composeTuner } from './activities.ts';
import type { Core } from './core.ts';
import { WORKFLOW_BUNDLE } from './dist.ts';
import { composeWatch } from './watch.ts';

export interface WorkerPart {
  /** Waits for Temporal, registers what it has to know, and polls. The database must be connected. */
  start: () => Promise<void>;
  /** Drains within seconds. */
  stop: () => Promise<void>;
  /** Rejects when the worker ends by itself. */
  failed: Promise<never>;
  check: Check;
  /** When the nightly pipeline runs next; undefined while its Schedule is paused. */
  nextRun: () => Promise<Date | undefined>;
  /** Why nothing can be tuned, for the person who starts it; undefined when it can. */
  whyNoTuning: string | undefined;
}

const RETRY_MS = 1_000;

/** The worker, its Schedule and the watch over what terminated workflows leave behind. */
export function composeWorker(core: Core): WorkerPart {
  const { context, temporal } = core;
  const { log, say, settings, stopping } = context;
  // Claims and marks of a large export take longer than a request may.
  const db = createDataSource({ url: core.parts.databaseUrl, log, statements: 'unbounded' });
  const tuner = composeTuner(core);
  const watch = composeWatch(core, { db, tuner });
  const whyNoTuning = tuner.whyUnavailable(settings.tuningBaseModel)?.reason;
  let worker: WorkerRole | undefined;
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => undefined);

  /** A server may not be there yet, stall when it has just begun to serve, or not have the namespace. */
  async function untilPrepared(): Promise<boolean> {
    let told: string | undefined;
    for (;;) {
      try {
        const registered = (await ensureSearchAttributes({ temporal, log })) === 'registered';
        await ensureSchedule({ temporal, taskQueue: TASK_QUEUE, settings, log });
        return registered;
      } catch (error) {
        const waiting = whatIsAwaited(error, temporal.target);
        if (stopping.aborted || waiting === undefined) throw error;
        if (waiting !== told) {
          log.warn({ event: 'worker.waiting', err: error }, waiting);
          say(waiting);
        }
        told = waiting;
        await sleep(RETRY_MS, undefined, { signal: stopping }).catch(() => undefined);
      }
    }
  }

  return {
    start: async () => {
      await connectWhenThere(db, log, stopping);
      const searchAttributes = await untilPrepared();
      worker = createWorkerRole({
        target: temporal.target,
        taskQueue: TASK_QUEUE,
        activities: composeActivities(core, { db, tuner, searchAttributes }),
        workflowBundlePath: WORKFLOW_BUNDLE,
        log,
      });
      await worker.start();
      if (whyNoTuning)
        log.warn(
          { event: 'tuning.unavailable', reason: whyNoTuning },
          `Nothing can be tuned: ${whyNoTuning}`,
        );
      worker.ended.catch(fail);
      watch.start();
    },
    stop: async () => {
      await Promise.all([watch.stop(), worker?.stop()]);
      await disconnect(db);
    },
    failed,
    check: {
      name: 'worker',
      need: 'optional',
      look: async () => {
        const { state, activitiesInFlight } = worker?.status() ?? { state: 'waiting', activitiesInFlight: 0 };
        return {
          state: state === 'polling' ? 'up' : 'down',
          worker: state,
          activities_in_flight: activitiesInFlight,
        };
      },
    },
    nextRun: () => nextRun(temporal),
    whyNoTuning,
  };
}

/** What may come by itself, and what to set where it does not; undefined for any other failure. */
function whatIsAwaited(error: unknown, { address, namespace }: TemporalTarget): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (isAppError(error)) {
    return error.code === 'temporal_unavailable'
      ? `Temporal at ${address} does not answer yet; waiting for it. If that address is wrong, stop and set TEMPORAL_ADDRESS.`
      : undefined;
  }
  return /namespace .*not found/i.test(`${error.message} ${String(error.cause)}`)
    ? `Temporal has no namespace ${namespace} yet; waiting for it. If that name is wrong, stop and set TEMPORAL_NAMESPACE.`
    : undefined;
}
