import type { Figures, Verdict } from './gate.ts';
import type { ArmReport, Ledger } from './ledger.ts';
import {
  isFinal,
  type Rollout,
  type RolloutState,
  type Standing,
  stageOf,
  standingOf,
  weightsOf,
} from './state.ts';
import type { Arm } from './strata.ts';

export type Outcome = 'promoted' | 'rolled_back';

/** The whole state as the query `state` and the updates give it. Times are ISO 8601. */
export interface RolloutView {
  readonly rolloutId: string;
  readonly candidate: string;
  readonly baseline: string;
  /** The candidate's percentage in this stage. */
  readonly stage: number;
  readonly stages: readonly number[];
  readonly standing: Standing;
  /** Percent by version name as last set. */
  readonly weights: Readonly<Record<string, number>>;
  readonly paused: boolean;
  readonly pauses: readonly string[];
  readonly hold: string | null;
  readonly verdict: Verdict;
  readonly reason: string;
  readonly nextCheckAt: string | null;
  readonly stageBeganAt: string | null;
  /** Time in this stage that counts: without pauses and without checks that could not read figures. */
  readonly ageMs: number;
  readonly figures: Figures | null;
  /** What the signal `metrics` brought in this stage, and what of it did not count. */
  readonly outside: Readonly<Record<Arm, ArmReport>> & {
    readonly duplicates: number;
    readonly ignored: number;
    readonly notes: readonly string[];
  };
  readonly outcome: Outcome | null;
}

export function viewOf(rollout: Rollout, state: RolloutState, ledger: Ledger): RolloutView {
  const { plan } = rollout;
  const observing = state.phase === 'observing' ? state : null;
  const pauses = 'pauses' in state ? state.pauses : [];
  return {
    rolloutId: rollout.id,
    candidate: rollout.candidate,
    baseline: rollout.baseline,
    stage: stageOf(state, plan).percent,
    stages: plan.stages.map(({ percent }) => percent),
    standing: standingOf(state, plan),
    weights: weightsOf(state, rollout),
    paused: pauses.length > 0,
    pauses: pauses.map(({ text }) => text),
    hold: observing?.hold?.text ?? null,
    verdict: state.verdict,
    reason: state.reason,
    nextCheckAt: isoOrNull(observing?.nextCheckAtMs),
    stageBeganAt: isoOrNull(observing?.beganAtMs),
    ageMs: observing?.ageMs ?? 0,
    figures: state.figures,
    outside: {
      ...ledger.reported,
      duplicates: ledger.duplicates,
      ignored: ledger.ignored,
      notes: ledger.notes,
    },
    outcome: isFinal(state) ? outcomeOf(state.phase) : null,
  };
}

export function outcomeOf(phase: 'completed' | 'rolled-back'): Outcome {
  return phase === 'completed' ? 'promoted' : 'rolled_back';
}

/** Where a row stands whose rollout has not begun, or never will. */
export const WAITING = 'waiting';
export const SUPERSEDED = 'superseded';
export const REFUSED_STATE = 'refused';

/** The word for a standing in the table and over HTTP. */
export function rowState(standing: Standing): string {
  return standing === 'completed' ? 'promoted' : standing.replaceAll('-', '_');
}

function isoOrNull(ms: number | null | undefined): string | null {
  return ms === null || ms === undefined ? null : new Date(ms).toISOString();
}
