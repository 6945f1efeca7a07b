import type { Client } from '@temporalio/client';
import type { Log } from '../log.ts';
import type { Registry } from '../models/registry.ts';
import type { Temporal } from '../platform/temporal/connection.ts';
import { latestRun } from '../platform/temporal/latest-run.ts';
import type { Look } from '../platform/watch.ts';
import { giveBack, mendAbandoned } from './abandoned.ts';
import type { RolloutRow } from './entity.ts';
import { ROLLOUT_WORKFLOW_ID, type RolloutStart } from './messages.ts';
import { createSteering } from './steering.ts';
import type { RolloutStore } from './store.ts';
import { createTrafficSetter } from './traffic-setter.ts';

export interface RolloutWatchDeps {
  store: RolloutStore;
  registry: Pick<Registry, 'traffic' | 'setWeights'>;
  temporal: Pick<Temporal, 'call'>;
  log: Log;
  taskQueue?: string;
}

/**
 * Puts right what a terminated rollout left behind, and starts the candidate that waits. It mends only
 * what a rollout set that no longer runs, and does nothing while Temporal can't be asked.
 */
export function lookAtRollouts(deps: RolloutWatchDeps): Look {
  return () => lookOnce(deps);
}

async function lookOnce(deps: RolloutWatchDeps): Promise<void> {
  const { store, temporal } = deps;
  const before = await store.running();
  const running = await temporal.call(runningRun);
  // Once more: a rollout may have ended, or another begun, while Temporal was asked.
  const row = await store.running();
  if (row !== null && row.id === before?.id && row.runId !== running) await mend(deps, row, running);
  await giveBackLate(deps);
  if (running === null) await startWaiting(deps);
  else if (row === null) await endGhost(deps, running);
}

/** First run of the rollout that runs now (or is paused in Temporal); null when none does. */
async function runningRun(client: Client): Promise<string | null> {
  const run = await latestRun(client, ROLLOUT_WORKFLOW_ID);
  return run && !run.hasEnded ? run.firstRunId : null;
}

/** The row says it runs, its workflow does not: it was terminated, or its server lost it. */
async function mend(deps: RolloutWatchDeps, row: RolloutRow, running: string | null): Promise<void> {
  const { store, log } = deps;
  const outcome = await mendAbandoned({ store, setTraffic: createTrafficSetter(deps) }, row);
  log.warn(
    {
      event: 'rollout.mended',
      rollout_id: row.id,
      candidate: row.candidate,
      running,
      weights: outcome,
    },
    'A rollout was terminated; its weights are put right',
  );
}

/** A change that was under way when its rollout was given up may have come after the end. */
async function giveBackLate(deps: RolloutWatchDeps): Promise<void> {
  const { rolloutId } = await deps.registry.traffic();
  const owner = rolloutId === null ? null : await deps.store.find(rolloutId);
  if (owner?.outcome !== 'rolled_back') return;
  await giveBack(
    createTrafficSetter(deps),
    owner,
    'its rollout was rolled back; the baseline has all traffic again',
  );
}

/** A reset lets a rollout that has ended run again: it would hold the lock, and what it sets is overruled. */
async function endGhost(deps: RolloutWatchDeps, firstExecutionRunId: string): Promise<void> {
  const { store, temporal, log } = deps;
  const live = await createSteering(deps).state();
  // One that knows of its end is about to close by itself.
  if (!('rolloutId' in live) || live.outcome !== null) return;
  const row = await store.find(live.rolloutId);
  if (!row?.endedAt) return;
  const reason = `the rollout ${row.id} has ended; start a new one instead of a reset`;
  await temporal.call((client) =>
    client.workflow.getHandle(ROLLOUT_WORKFLOW_ID, undefined, { firstExecutionRunId }).terminate(reason),
  );
  log.warn(
    { event: 'rollout.ghost_ended', rollout_id: row.id },
    `A reset workflow was terminated: ${reason}`,
  );
}

async function startWaiting(deps: RolloutWatchDeps): Promise<void> {
  const { store, log } = deps;
  const waiting = await store.newestWaiting();
  if (waiting === null || (await mustWait(store, waiting))) return;
  const input: RolloutStart = { ...waiting.input, candidate: waiting.candidate, rolloutId: waiting.id };
  const state = await createSteering(deps).start(input);
  if (state === 'waiting') return;
  log.info(
    { event: 'rollout.started_waiting', rollout_id: waiting.id, candidate: waiting.candidate },
    `${waiting.candidate} has waited for its turn and is on trial now`,
  );
}

/** After a rollback by hand a person decides what comes next, or a newer candidate does. */
async function mustWait(store: RolloutStore, waiting: RolloutRow): Promise<boolean> {
  const last = await store.lastEnded();
  if (last?.outcome !== 'rolled_back' || last.endedBy !== 'hand' || last.endedAt === null) return false;
  return waiting.createdAt < last.endedAt;
}
