import type { Hold } from './gate.ts';
import type { RolloutPlan } from './plan.ts';
import type {
  Completed,
  Ending,
  Moving,
  Observing,
  Pause,
  RecordedEvent,
  RolledBack,
  RollingBack,
  RolloutRecord,
  RolloutState,
} from './state.ts';

/** Who or what causes a change, when and why. */
export interface Cause {
  readonly atMs: number;
  readonly source: RolloutRecord['source'];
  readonly text: string;
}

/** Leaves the running stage forwards: to the next one, or to the end of the rollout. */
export function advance(state: Moving | Observing, plan: RolloutPlan, cause: Cause): Moving | Completed {
  const toIndex = state.stageIndex + 1;
  if (toIndex >= plan.stages.length) return complete(state, plan, cause);
  const common = commonOf(record(state, plan, { what: 'advanced', cause, toIndex }));
  return { ...common, phase: 'moving', stageIndex: toIndex, pauses: [], reason: cause.text };
}

/** The new weights are in force: the stage begins. */
export function beginStage(
  state: Moving,
  { atMs, generation, percent }: { atMs: number; generation: number; percent: number },
): Observing {
  return {
    ...state,
    phase: 'observing',
    traffic: { percent, generation },
    beganAtMs: atMs,
    ageMs: 0,
    clockFromMs: state.pauses.length > 0 ? null : atMs,
    hold: null,
    passed: null,
    verdict: 'no-evidence',
    reason: `the ${percent} % stage has begun: ${state.reason}`,
    figures: null,
    missedChecks: 0,
    lostMs: 0,
    extensions: 0,
    nextCheckAtMs: null,
  };
}

export function startRollback(state: Moving | Observing, plan: RolloutPlan, cause: Cause): RollingBack {
  const common = commonOf(record(state, plan, { what: 'rolling-back', cause }));
  return { ...common, phase: 'rolling-back', reason: cause.text, ending: endingOf(cause) };
}

/** The baseline has all traffic again. */
export function finishRollback(
  state: RollingBack,
  plan: RolloutPlan,
  { atMs, generation }: { atMs: number; generation: number },
): RolledBack {
  const { by, text } = state.ending;
  const recorded = record(state, plan, { what: 'rolled-back', cause: { atMs, source: by, text } });
  return { ...recorded, phase: 'rolled-back', traffic: { percent: 0, generation } };
}

export function pause<S extends Moving | Observing>(state: S, plan: RolloutPlan, added: Pause): S {
  const source = added.cause === 'by-hand' ? 'hand' : added.cause === 'timeout' ? 'timeout' : 'gate';
  const cause: Cause = { atMs: added.sinceMs, source, text: added.text };
  const recorded = record(state, plan, { what: 'paused', cause });
  return { ...stopClock(recorded, added.sinceMs), pauses: [...state.pauses, added], reason: added.text };
}

/** Lifts every pause; the age goes on from where it stopped. */
export function resume<S extends Moving | Observing>(state: S, plan: RolloutPlan, cause: Cause): S {
  const recorded = record(state, plan, { what: 'resumed', cause });
  const lifted = { ...recorded, pauses: [], reason: cause.text };
  if (lifted.phase !== 'observing') return lifted;
  const timedOut = state.pauses.some((reason) => reason.cause === 'timeout');
  const extensions = lifted.extensions + (timedOut ? 1 : 0);
  return { ...lifted, clockFromMs: cause.atMs, lostMs: 0, extensions };
}

/** Sets or clears what keeps the stage from advancing; a new hold is recorded. */
export function holdWith(
  state: Observing,
  plan: RolloutPlan,
  at: { hold: Hold | null; atMs: number },
): Observing {
  const { hold, atMs } = at;
  if (hold === null || hold.cause === state.hold?.cause) return { ...state, hold };
  const cause: Cause = { atMs, source: 'gate', text: hold.text };
  return { ...record(state, plan, { what: 'held', cause }), hold };
}

/** Counts the time since the clock was last looked at. */
export function countTime(state: Observing, atMs: number): Observing {
  if (state.clockFromMs === null) return state;
  return { ...state, ageMs: state.ageMs + Math.max(0, atMs - state.clockFromMs), clockFromMs: atMs };
}

/** Keeps a decision, with the figures it was made on, until an activity writes it down. */
export function record<S extends RolloutState>(
  state: S,
  plan: RolloutPlan,
  event: { what: RecordedEvent; cause: Cause; toIndex?: number },
): S {
  const percentAt = (index: number) => plan.stages[index]?.percent ?? 100;
  const number = state.recorded + 1;
  const entry: RolloutRecord = {
    number,
    atMs: event.cause.atMs,
    source: event.cause.source,
    what: event.what,
    fromStage: percentAt(state.stageIndex),
    toStage: percentAt(event.toIndex ?? state.stageIndex),
    verdict: state.verdict,
    reason: event.cause.text,
    figures: state.figures,
  };
  return { ...state, recorded: number, records: [...state.records, entry] };
}

/** Forgets the decisions that an activity has written down. */
export function withoutWritten<S extends RolloutState>(state: S, upTo: number): S {
  return { ...state, records: state.records.filter(({ number }) => number > upTo) };
}

function complete(state: Moving | Observing, plan: RolloutPlan, cause: Cause): Completed {
  const common = commonOf(record(state, plan, { what: 'promoted', cause }));
  return { ...common, phase: 'completed', reason: cause.text, ending: endingOf(cause) };
}

function stopClock<S extends Moving | Observing>(state: S, atMs: number): S {
  return state.phase === 'observing' ? { ...state, ...countTime(state, atMs), clockFromMs: null } : state;
}

function endingOf({ source, text }: Cause): Ending {
  return { by: source, text };
}

function commonOf(state: RolloutState) {
  const { stageIndex, traffic, verdict, reason, figures, records, recorded } = state;
  return { stageIndex, traffic, verdict, reason, figures, records, recorded };
}
