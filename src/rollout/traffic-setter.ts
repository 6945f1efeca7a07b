import type { Log } from '../log.ts';
import type { Registry, Traffic } from '../models/registry.ts';
import type { RolloutStore } from './store.ts';

export interface TrafficRequest {
  readonly rolloutId: string;
  readonly candidate: string;
  readonly baseline: string;
  /** The candidate's share; 0 gives the baseline everything back. */
  readonly percent: number;
  /** The generation that this change builds on. */
  readonly generation: number;
  readonly reason: string;
}

/** `overruled`: somebody else changed the weights meanwhile; they were left as they are. */
export interface TrafficOutcome {
  readonly outcome: 'set' | 'overruled';
  readonly generation: number;
}

export type SetTraffic = (request: TrafficRequest) => Promise<TrafficOutcome>;

/**
 * Changes the weights on behalf of one rollout. It builds on its own last change or on the generation
 * it is given, never on anybody else's: what a person activated stays.
 */
export function createTrafficSetter(deps: {
  registry: Pick<Registry, 'traffic' | 'setWeights'>;
  store: Pick<RolloutStore, 'find'>;
  log: Log;
}): SetTraffic {
  const { registry, store, log } = deps;
  return async (request) => {
    const { rolloutId, candidate, baseline, percent, reason } = request;
    const row = await store.find(rolloutId);
    const now = await registry.traffic();
    // One that has ended, run again by a reset, gets nothing any more.
    const isOver = percent > 0 && row?.endedAt != null;
    if (isOver || !mayChange(now, request)) return { outcome: 'overruled', generation: now.generation };
    // Nothing to give back: the first weights were never set, or they have been given back already.
    if (percent === 0 && now.rolloutId !== rolloutId) return { outcome: 'set', generation: now.generation };

    const rollout = { id: rolloutId, stage: percent, candidate, salt: row?.salt ?? rolloutId };
    const { outcome, traffic } = await registry.setWeights({
      weights: weightsAt(percent, { candidate, baseline }),
      expectedGeneration: now.generation,
      setBy: 'rollout',
      reason,
      ...(percent === 0 ? {} : { rollout }),
    });
    if (outcome === 'moved') return { outcome: 'overruled', generation: traffic.generation };
    if (outcome === 'set') {
      log.info(
        {
          event: 'rollout.traffic_set',
          rollout_id: rolloutId,
          candidate,
          percent,
          generation: traffic.generation,
        },
        `The candidate has ${percent} % of the traffic`,
      );
    }
    return { outcome: 'set', generation: traffic.generation };
  };
}

function mayChange(now: Traffic, { rolloutId, generation, percent }: TrafficRequest): boolean {
  if (now.rolloutId === rolloutId || now.generation === generation) return true;
  // Weights that were given back by an earlier attempt are no rollout's any more.
  return percent === 0 && now.setBy === 'rollout' && now.rolloutId === null;
}

function weightsAt(
  percent: number,
  { candidate, baseline }: { candidate: string; baseline: string },
): Record<string, number> {
  return { [candidate]: percent, [baseline]: 100 - percent };
}
