import type { Judgement } from './gate.ts';
import type { OnTimeout, RolloutPlan } from './plan.ts';
import { type Observing, type RolloutState, stageOf } from './state.ts';
import { type Command, type Step, steer } from './steer.ts';
import {
  advance,
  beginStage,
  countTime,
  finishRollback,
  holdWith,
  pause,
  record,
  startRollback,
} from './transitions.ts';

/** Everything that can happen to a rollout. */
export type RolloutEvent =
  | Command
  | {
      readonly type: 'traffic-set';
      readonly atMs: number;
      readonly generation: number;
      readonly percent: number;
    }
  | {
      readonly type: 'judged';
      readonly atMs: number;
      readonly stageIndex: number;
      readonly judgement: Judgement;
    }
  | { readonly type: 'figures-lost'; readonly atMs: number; readonly text: string }
  | { readonly type: 'check-planned'; readonly atMs: number }
  | { readonly type: 'cancelled'; readonly atMs: number }
  | { readonly type: 'overruled'; readonly atMs: number; readonly text: string }
  | { readonly type: 'baseline-restored'; readonly atMs: number; readonly generation: number };

/**
 * The one place where a rollout changes: state and event in, state out. A rollback is never delayed
 * by a hold or a pause; a hold or a pause always delays an advance; a final state stays as it is.
 */
export function next(state: RolloutState, event: RolloutEvent, plan: RolloutPlan): Step {
  switch (event.type) {
    case 'pause':
    case 'resume':
    case 'promote':
    case 'rollback':
      return steer(state, plan, event);
    case 'traffic-set':
      return trafficSet(state, event, plan);
    case 'judged':
      return { state: judged(state, event, plan), said: event.judgement.reasons.join('; ') };
    case 'figures-lost':
      return { state: figuresLost(state, event, plan), said: event.text };
    case 'check-planned':
      return { state: planned(state, event.atMs), said: 'the next check is planned' };
    case 'cancelled':
      return giveUp(state, plan, { atMs: event.atMs, source: 'cancel', text: 'the workflow was cancelled' });
    case 'overruled':
      return giveUp(state, plan, { atMs: event.atMs, source: 'overruled', text: event.text });
    case 'baseline-restored':
      if (state.phase !== 'rolling-back') return { state, said: 'nothing was being rolled back' };
      return { state: finishRollback(state, plan, event), said: 'the baseline has all traffic again' };
  }
}

/** Time until the next check: the interval, or less where the stage's shortest or longest time ends sooner. */
export function checkDelayMs(state: Observing, plan: RolloutPlan): number {
  const { checkIntervalMs } = plan.gate;
  if (state.pauses.length > 0) return checkIntervalMs;
  const limits = [longestMs(state, plan), shortestMs(state, plan)];
  const ahead = limits.map((limit) => limit - state.ageMs).filter((left) => left > 0);
  return Math.min(checkIntervalMs, ...ahead);
}

function trafficSet(
  state: RolloutState,
  event: { atMs: number; generation: number; percent: number },
  plan: RolloutPlan,
): Step {
  const traffic = { percent: event.percent, generation: event.generation };
  if (state.phase !== 'moving') return { state: { ...state, traffic }, said: 'the weights are set' };
  // Somebody promoted again while the weights of the earlier stage were being set.
  if (stageOf(state, plan).percent !== event.percent)
    return { state: { ...state, traffic }, said: 'one stage on' };
  return { state: beginStage(state, event), said: `the candidate has ${event.percent} % of the traffic` };
}

function judged(
  state: RolloutState,
  event: { atMs: number; stageIndex: number; judgement: Judgement },
  plan: RolloutPlan,
): RolloutState {
  // A check that was under way when the stage changed speaks of the old one.
  if (state.phase !== 'observing' || state.stageIndex !== event.stageIndex) return state;
  const { atMs, judgement } = event;
  const seen = enterJudgement(state, event, plan);
  if (judgement.verdict === 'harm') {
    return startRollback(seen, plan, { atMs, source: 'gate', text: `rolled back: ${seen.reason}` });
  }
  if (seen.pauses.length > 0) return seen;
  const held = seen.hold !== null;
  if (!held && isReady(seen, plan)) {
    const text =
      stageOf(seen, plan).rule === 'bake'
        ? 'the bake at 100 % is over and the guards are quiet'
        : seen.reason;
    return advance(seen, plan, { atMs, source: 'gate', text });
  }
  return seen.ageMs >= longestMs(seen, plan)
    ? timeOut(seen, plan, { atMs, missing: judgement.missing })
    : seen;
}

function enterJudgement(
  state: Observing,
  { atMs, judgement }: { atMs: number; judgement: Judgement },
  plan: RolloutPlan,
): Observing {
  const { verdict, figures } = judgement;
  const reason = judgement.reasons.join('; ');
  const entered: Observing = {
    ...countTime(state, atMs),
    verdict,
    figures,
    reason,
    missedChecks: 0,
    passed: state.passed ?? (judgement.passes ? verdict : null),
  };
  const cause = { atMs, source: 'gate' as const, text: reason };
  const told = verdict === state.verdict ? entered : record(entered, plan, { what: 'verdict', cause });
  return holdWith(told, plan, { hold: judgement.hold, atMs });
}

function isReady(state: Observing, plan: RolloutPlan): boolean {
  if (stageOf(state, plan).rule === 'bake') return state.ageMs >= plan.gate.bakeMs;
  return state.passed !== null && state.ageMs >= plan.gate.minDurationMs;
}

/** What the stage's longest time leads to, as `onTimeout` says. */
function timeOut(state: Observing, plan: RolloutPlan, at: { atMs: number; missing: string }): RolloutState {
  const { percent } = stageOf(state, plan);
  const why = `the longest time in the ${percent} % stage is over, the verdict is ${state.verdict}; missing: ${at.missing}`;
  const cause = { atMs: at.atMs, source: 'timeout' as const, text: why };
  const actions: Readonly<Record<OnTimeout, () => RolloutState>> = {
    rollback: () => startRollback(state, plan, cause),
    pause: () => pause(state, plan, { cause: 'timeout', sinceMs: at.atMs, text: why }),
    promote: () => advance(state, plan, cause),
  };
  return actions[plan.gate.onTimeout]();
}

function figuresLost(
  state: RolloutState,
  { atMs, text }: { atMs: number; text: string },
  plan: RolloutPlan,
): RolloutState {
  if (state.phase !== 'observing') return state;
  const lost = state.clockFromMs === null ? 0 : Math.max(0, atMs - state.clockFromMs);
  const waiting: Observing = {
    ...state,
    // While figures can't be read the clock stands still.
    clockFromMs: state.clockFromMs === null ? null : atMs,
    verdict: 'no-evidence',
    reason: text,
    missedChecks: state.missedChecks + 1,
    lostMs: state.lostMs + lost,
    hold: { cause: 'no-figures', text },
  };
  const cause = { atMs, source: 'gate' as const, text };
  const told = waiting.missedChecks === 1 ? record(waiting, plan, { what: 'figures-lost', cause }) : waiting;
  // A bake without figures is no bake: it is made longer, at most by its own length, then a person decides.
  const tooLong = stageOf(told, plan).rule === 'bake' && told.lostMs > plan.gate.bakeMs;
  if (!tooLong || told.pauses.length > 0) return told;
  return pause(told, plan, { cause: 'no-figures', sinceMs: atMs, text });
}

function giveUp(
  state: RolloutState,
  plan: RolloutPlan,
  cause: { atMs: number; source: 'cancel' | 'overruled'; text: string },
): Step {
  if (state.phase !== 'moving' && state.phase !== 'observing') return { state, said: 'nothing was done' };
  return { state: startRollback(state, plan, cause), said: cause.text };
}

function planned(state: RolloutState, atMs: number): RolloutState {
  return state.phase === 'observing' ? { ...state, nextCheckAtMs: atMs } : state;
}

function shortestMs(state: Observing, plan: RolloutPlan): number {
  return stageOf(state, plan).rule === 'bake' ? plan.gate.bakeMs : plan.gate.minDurationMs;
}

/** A bake has no longest time: it ends when it is over and nothing holds it. */
function longestMs(state: Observing, plan: RolloutPlan): number {
  if (stageOf(state, plan).rule === 'bake') return Number.POSITIVE_INFINITY;
  return plan.gate.maxDurationMs * (1 + state.extensions);
}
