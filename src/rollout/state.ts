import type { Figures, Hold, Verdict } from './gate.ts';
import type { RolloutPlan, StagePlan } from './plan.ts';

/** What is decided once, when the rollout opens, and never changes. */
export interface Rollout {
  /** Its own id, the same through continue-as-new. */
  readonly id: string;
  readonly candidate: string;
  readonly baseline: string;
  readonly plan: RolloutPlan;
}

/** Why the rollout stands still. A set of reasons: lifting one does not lift the others. */
export interface Pause {
  readonly cause: 'by-hand' | 'timeout' | 'no-figures';
  readonly sinceMs: number;
  readonly text: string;
}

/** Who or what ended a rollout, and why. */
export interface Ending {
  readonly by: 'hand' | 'gate' | 'timeout' | 'cancel' | 'overruled';
  readonly text: string;
}

/** A decision that is kept with its figures; `number` rises by one within a rollout. */
export interface RolloutRecord {
  readonly number: number;
  readonly atMs: number;
  readonly source: 'hand' | 'gate' | 'timeout' | 'cancel' | 'overruled';
  readonly what: RecordedEvent;
  readonly fromStage: number;
  readonly toStage: number;
  readonly verdict: Verdict;
  readonly reason: string;
  readonly figures: Figures | null;
}

export type RecordedEvent =
  | 'advanced'
  | 'paused'
  | 'resumed'
  | 'verdict'
  | 'held'
  | 'figures-lost'
  | 'rolling-back'
  | 'rolled-back'
  | 'promoted';

/** What every phase carries. Times are epoch milliseconds by the workflow's clock. */
interface Common {
  readonly stageIndex: number;
  /** The candidate's share as it was last set, and the generation that set it. */
  readonly traffic: { readonly percent: number; readonly generation: number };
  readonly verdict: Verdict;
  /** One sentence: why things stand as they do. */
  readonly reason: string;
  readonly figures: Figures | null;
  /** Decisions that no activity has written down yet. */
  readonly records: readonly RolloutRecord[];
  readonly recorded: number;
}

/** The weights of the stage are being set. */
export interface Moving extends Common {
  readonly phase: 'moving';
  readonly pauses: readonly Pause[];
}

/** The stage's weights stand and its evidence is watched. */
export interface Observing extends Common {
  readonly phase: 'observing';
  readonly pauses: readonly Pause[];
  readonly beganAtMs: number;
  /** Time that counts: without pauses, and without checks whose figures could not be read. */
  readonly ageMs: number;
  /** From here time counts on; null while the clock stands. */
  readonly clockFromMs: number | null;
  readonly hold: Hold | null;
  /** The verdict that met this stage's demand; later data does not take it back. */
  readonly passed: Verdict | null;
  readonly missedChecks: number;
  readonly lostMs: number;
  /** Times a person has resumed after the longest time: each grants that time once more. */
  readonly extensions: number;
  readonly nextCheckAtMs: number | null;
}

export interface RollingBack extends Common {
  readonly phase: 'rolling-back';
  readonly ending: Ending;
}

export interface RolledBack extends Common {
  readonly phase: 'rolled-back';
  readonly ending: Ending;
}

export interface Completed extends Common {
  readonly phase: 'completed';
  readonly ending: Ending;
}

export type RolloutState = Moving | Observing | RollingBack | RolledBack | Completed;

/** A rollout before its first weights are set. */
export function openingState(): RolloutState {
  return {
    phase: 'moving',
    stageIndex: 0,
    pauses: [],
    traffic: { percent: 0, generation: 0 },
    verdict: 'no-evidence',
    reason: 'the rollout has just begun',
    figures: null,
    records: [],
    recorded: 0,
  };
}

export function isFinal(state: RolloutState): state is RolledBack | Completed {
  return state.phase === 'rolled-back' || state.phase === 'completed';
}

/** The stage the rollout is in or moving to. */
export function stageOf(state: RolloutState, plan: RolloutPlan): StagePlan {
  const stage = plan.stages[state.stageIndex];
  if (stage === undefined) throw new RangeError(`a rollout has no stage ${state.stageIndex}`);
  return stage;
}

/** The share of each version as last set; adds up to 100. */
export function weightsOf(state: RolloutState, rollout: Rollout): Readonly<Record<string, number>> {
  const { percent } = state.traffic;
  if (percent === 100) return { [rollout.candidate]: 100 };
  if (percent === 0) return { [rollout.baseline]: 100 };
  return { [rollout.candidate]: percent, [rollout.baseline]: 100 - percent };
}

/** Where a rollout stands, in the words of the table of states (docs/gate.md). */
export type Standing =
  | 'starting'
  | 'minimum-time'
  | 'evaluating'
  | 'holding'
  | 'paused'
  | 'bake-at-100'
  | 'rolling-back'
  | 'rolled-back'
  | 'completed';

export function standingOf(state: RolloutState, plan: RolloutPlan): Standing {
  if (state.phase === 'moving') return state.pauses.length > 0 ? 'paused' : 'starting';
  if (state.phase !== 'observing') return state.phase;
  if (state.pauses.length > 0) return 'paused';
  if (state.hold !== null) return 'holding';
  if (stageOf(state, plan).rule === 'bake') return 'bake-at-100';
  return state.ageMs < plan.gate.minDurationMs ? 'minimum-time' : 'evaluating';
}
