import type { RolloutRow } from './entity.ts';
import type { RolloutStore } from './store.ts';
import type { SetTraffic, TrafficOutcome } from './traffic-setter.ts';

/** A number that the rollout itself never reaches. */
const AFTER_ALL = 999_999;
const ENDED = 'its workflow no longer runs (it was terminated)';

/** Ends a rollout whose workflow no longer runs: the baseline gets everything back, unless somebody has decided since. */
export async function mendAbandoned(
  { store, setTraffic }: { store: Pick<RolloutStore, 'record' | 'close'>; setTraffic: SetTraffic },
  row: RolloutRow,
): Promise<TrafficOutcome['outcome']> {
  const outcome = await giveBack(setTraffic, row, `${ENDED}; the baseline has all traffic again`);
  const weights =
    outcome === 'set' ? 'the baseline has all traffic again' : 'somebody else has set the weights since';
  const reason = `${ENDED}; ${weights}`;
  const stage = row.stage ?? 0;
  const ending = { number: AFTER_ALL, source: 'watch', what: 'rolled-back', figures: null } as const;
  await store.record(row.id, [
    { ...ending, atMs: Date.now(), fromStage: stage, toStage: 0, verdict: row.verdict, reason },
  ]);
  const verdict = row.verdict ?? 'no-evidence';
  const outcomes = { state: 'rolled_back', outcome: 'rolled_back', endedBy: 'watch' };
  await store.close(row.id, { ...outcomes, stage, verdict, reason });
  return outcome;
}

/** Gives the baseline what a rollout set that is over. */
export async function giveBack(
  setTraffic: SetTraffic,
  { id, candidate, baseline }: RolloutRow,
  reason: string,
): Promise<TrafficOutcome['outcome']> {
  const { outcome } = await setTraffic({
    rolloutId: id,
    candidate,
    baseline: baseline ?? '',
    percent: 0,
    // Its own weights are known by its id; a generation that nothing has makes all others "somebody else's".
    generation: -1,
    reason,
  });
  return outcome;
}
