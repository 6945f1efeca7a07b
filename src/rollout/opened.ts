import type { RolloutPlan } from './plan.ts';
import type { Rollout } from './state.ts';
import type { ArmFigures } from './watching.ts';

/** The plan as it is kept with the row: what was decided once, when the rollout opened. */
export interface OpenedPlan extends RolloutPlan {
  /** Share of thumbs up that the margins are laid against: the baseline's last seven days, or 0.70. */
  readonly baselineRate: number;
  /** Answers in histogram buckets above this one are slow; null where the baseline has too few answers. */
  readonly slowAboveBucket: number | null;
}

/** What `openRollout` hands to the workflow. */
export interface OpenedRollout extends Rollout {
  readonly plan: OpenedPlan;
  /** The generation of the weights that were in force before. */
  readonly generation: number;
  /** The baseline's last day, for a rollout that never has it beside the candidate; else null. */
  readonly reference: ArmFigures | null;
  /** False where the search attributes could not be registered: then the workflow sets none. */
  readonly searchAttributes: boolean;
}

/** With fewer ratings than this the baseline's rate is a guess, and the usual one is taken. */
const FEWEST_RATINGS = 50;
const USUAL_RATE = 0.7;

export function baselineRateOf({ positives, ratings }: { positives: number; ratings: number }): number {
  return ratings < FEWEST_RATINGS ? USUAL_RATE : positives / ratings;
}

const FEWEST_ANSWERS = 50;

/** The bucket of the baseline's 95th percentile: answers slower than it count as slow in both arms. */
export function slowBucketOf(latencyCounts: readonly number[]): number | null {
  const answers = latencyCounts.reduce((sum, count) => sum + count, 0);
  if (answers < FEWEST_ANSWERS) return null;
  let seen = 0;
  const bucket = latencyCounts.findIndex((count) => {
    seen += count;
    return seen >= 0.95 * answers;
  });
  // Beyond the last bucket nothing can be slower.
  return bucket === -1 || bucket === latencyCounts.length - 1 ? null : bucket;
}
