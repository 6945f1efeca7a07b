import { noEvidence } from '../../src/rollout/evidence.ts';
import { type GateInput, type Judgement, judgeStage } from '../../src/rollout/gate.ts';
import { quietGuards } from '../../src/rollout/guards.ts';
import { next, type RolloutEvent } from '../../src/rollout/next.ts';
import { type GatePlan, makePlan, type PlanInput, type RolloutPlan } from '../../src/rollout/plan.ts';
import { openingState, type RolloutState } from '../../src/rollout/state.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const START = Date.UTC(2026, 10, 25);

export const DEFAULT_GATE: GatePlan = {
  require: 'improved',
  maxRegression: 0.1,
  alpha: 0.05,
  minSamples: 50,
  minDurationMs: HOUR,
  maxDurationMs: 14 * DAY,
  checkIntervalMs: 5 * 60_000,
  bakeMs: DAY,
  onTimeout: 'rollback',
};

export function aPlan(input: PlanInput = {}): RolloutPlan {
  return makePlan(input, { stages: [10, 50, 100], gate: DEFAULT_GATE });
}

/** What one check knows, with nothing in it. */
export function aCheck(
  given: Partial<GateInput> & { stageIndex?: number; plan?: RolloutPlan } = {},
): GateInput {
  const { stageIndex = 0, plan = aPlan(), ...rest } = given;
  return {
    stage: plan.stages[stageIndex]!,
    gate: plan.gate,
    comparedStages: plan.comparedStages,
    evidence: noEvidence(),
    guards: quietGuards(),
    burn: 'none',
    assigned: { candidate: 0, baseline: 0 },
    ...rest,
  };
}

export function aJudgement(given: Partial<Judgement> = {}): Judgement {
  return { ...judgeStage(aCheck()), verdict: 'inconclusive', reasons: ['nothing shows yet'], ...given };
}

export const HARM = aJudgement({ verdict: 'harm', reasons: ['the candidate has fewer thumbs up'] });
export const SAFE = aJudgement({ verdict: 'safe', passes: true, reasons: ['a drop is excluded'] });
export const HOLD = aJudgement({
  hold: { cause: 'sample-ratio-mismatch', text: 'the split is off' },
});

/** Runs events through the state machine; each is an hour after the one before unless it says when. */
export function played(events: readonly Happening[], plan = aPlan()): RolloutState {
  let atMs = START;
  return events.reduce<RolloutState>((state, happening) => {
    const event = typeof happening === 'function' ? happening(state, atMs) : happening;
    atMs = Math.max(atMs, event.atMs) + HOUR;
    return next(state, event, plan).state;
  }, openingState());
}

export type Happening = RolloutEvent | ((state: RolloutState, atMs: number) => RolloutEvent);

export function command(
  type: 'pause' | 'resume' | 'promote' | 'rollback',
  reason: string | null = null,
): Happening {
  return (_, atMs) => ({ type, atMs, reason });
}

export function trafficSet(plan = aPlan()): Happening {
  return (state, atMs) => ({
    type: 'traffic-set',
    atMs,
    generation: state.traffic.generation + 1,
    percent: plan.stages[state.stageIndex]!.percent,
  });
}

export function judgedAs(judgement: Judgement, laterMs = 0): Happening {
  return (state, atMs) => ({ type: 'judged', atMs: atMs + laterMs, stageIndex: state.stageIndex, judgement });
}

export const figuresLost: Happening = (_, atMs) => ({
  type: 'figures-lost',
  atMs,
  text: 'the figures could not be read',
});

export const restored: Happening = (state, atMs) => ({
  type: 'baseline-restored',
  atMs,
  generation: state.traffic.generation + 1,
});
