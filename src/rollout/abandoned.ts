import type { RolloutRow } from './entity.ts';
import type { RolloutStore } from './store.ts';
import type { SetTraffic, TrafficOutcome } from './traffic-setter.ts';

/** A number that the rollout itself never reaches. */
const AFTER_ALL = 999_999;
const ENDED = 'its workflow no longer runs (it was terminated)';
const GIVEN_BACK = `${ENDED}; the baseline has all traffic again`;
const LEFT = `${ENDED}; somebody else has set the weights since`;

/** Ends a rollout whose workflow no longer runs: the baseline gets everything back, unless somebody has decided since. */
export async function mendAbandoned(
  { store, setTraffic }: { store: Pick<RolloutStore, 'record' | 'close'>; setTraffic: SetTraffic },
  row: RolloutRow,
): Promise<TrafficOutcome['outcome']> {
  const outcome = await giveBack(setTraffic, row, GIVEN_BACK);
  const reason = outcome === 'set' ? GIVEN_BACK : LEFT;
  const { id, verdict } = row;
  const stage = row.stage ?? 0;
  await store.record(id, [
    {
      number: AFTER_ALL,
      atMs: Date.now(),
      source: 'watch',
      what: 'rolled-back',
      fromStage: stage,
      toStage: 0,
      verdict,
      reason,
      figures: null,
    },
  ]);
  await store.close(id, {
    state: 'rolled_back',
    stage,
    verdict: verdict ?? 'no-evidence',
    reason,
    outcome: 'rolled_back',
    endedBy: 'watch',
  });
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
