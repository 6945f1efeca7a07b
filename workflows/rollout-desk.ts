import { defineSearchAttributeKey } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { CloseRolloutInput, JudgeInput, SetTrafficInput } from '../activities/rollout.ts';
import type { CheckResult } from '../src/rollout/check.ts';
import { emptyLedger, enter, type Ledger, settle, startStage } from '../src/rollout/ledger.ts';
import { details } from '../src/rollout/narrate.ts';
import { next, type RolloutEvent } from '../src/rollout/next.ts';
import type { OpenedRollout } from '../src/rollout/opened.ts';
import {
  type Completed,
  type Observing,
  openingState,
  type RolledBack,
  type RolloutState,
  stageOf,
} from '../src/rollout/state.ts';
import type { Command } from '../src/rollout/steer.ts';
import { withoutWritten } from '../src/rollout/transitions.ts';
import { outcomeOf, type RolloutView, rowState, viewOf } from '../src/rollout/view.ts';
import { enterStage, startWatching, type Watching } from '../src/rollout/watching.ts';

/** Everything an open rollout knows: the input of its next run when it continues as new. */
export interface Carried {
  readonly rollout: OpenedRollout;
  readonly state: RolloutState;
  readonly watching: Watching;
  readonly ledger: Ledger;
  /** What the search attributes say; they carry over by themselves. */
  readonly attributes: string;
}

/** The state of one open rollout and what follows from it; only events change it. */
export interface Desk {
  state: () => RolloutState;
  rollout: () => OpenedRollout;
  view: () => RolloutView;
  carry: () => Carried;
  /** Enters an event that is happening now; answers what happened, as a sentence. */
  happened: (event: Untimed<RolloutEvent>) => string;
  /** Enters a person's command and ends the wait for the next check. */
  steer: (command: Untimed<Command>) => string;
  /** Enters one payload of the signal `metrics`; it is counted at the next check. */
  sample: (payload: unknown) => void;
  judged: (found: CheckResult, stageIndex: number) => void;
  /** An activity has written the decisions up to this number down. */
  wroteDown: (upTo: number) => void;
  /** True once after each command that changed something. */
  takeSteered: () => boolean;
  steered: () => boolean;
  trafficInput: (percent: number) => SetTrafficInput;
  judgeInput: (state: Observing) => JudgeInput;
  closeInput: (state: Completed | RolledBack) => CloseRolloutInput;
}

type Untimed<Event> = Event extends RolloutEvent ? Omit<Event, 'atMs'> & { atMs?: number } : never;

/** What a rollout that has just been opened starts from. */
export function freshStart(rollout: OpenedRollout): Carried {
  const state = openingState();
  return {
    rollout,
    state: { ...state, traffic: { percent: 0, generation: rollout.generation } },
    watching: startWatching(rollout.reference),
    ledger: emptyLedger(),
    attributes: '',
  };
}

export function createDesk(from: Carried): Desk {
  const { rollout } = from;
  const { plan } = rollout;
  let { state, watching, ledger, attributes } = from;
  let steered = false;
  tell();

  function happened(event: Untimed<RolloutEvent>): string {
    const before = state;
    const step = next(state, { ...event, atMs: event.atMs ?? Date.now() }, plan);
    state = step.state;
    if (state.phase === 'observing' && before.phase === 'moving') {
      watching = enterStage(watching, stageOf(state, plan));
      ledger = startStage(ledger);
    }
    tell();
    return step.said;
  }

  /** The Web UI's story and the lists' filters follow every change. */
  function tell(): void {
    const view = viewOf(rollout, state, ledger);
    setCurrentDetails(details(view));
    if (rollout.searchAttributes) attributes = label(view, attributes);
  }

  return {
    state: () => state,
    rollout: () => rollout,
    view: () => viewOf(rollout, state, ledger),
    carry: () => ({ rollout, state, watching, ledger, attributes }),
    happened,
    steer: (command) => {
      const before = state;
      const said = happened(command);
      steered ||= state !== before;
      return said;
    },
    sample: (payload) => {
      const observing = state.phase === 'observing' ? state : null;
      ledger = enter(ledger, {
        payload,
        names: rollout,
        arrivedAtMs: Date.now(),
        stageBeganAtMs: observing?.beganAtMs ?? null,
        lonely: stageOf(state, plan).rule === 'bake' ? 'candidate-alone' : 'both-arms',
      });
      tell();
    },
    judged: (found, stageIndex) => {
      if (state.stageIndex === stageIndex) {
        watching = found.watching;
        ledger = settle(ledger, watching.counted.signals);
      }
      happened({ type: 'judged', stageIndex, judgement: found.judgement });
    },
    wroteDown: (upTo) => {
      state = withoutWritten(state, upTo);
    },
    takeSteered: () => {
      const was = steered;
      steered = false;
      return was;
    },
    steered: () => steered,
    trafficInput: (percent) => ({
      rolloutId: rollout.id,
      candidate: rollout.candidate,
      baseline: rollout.baseline,
      percent,
      generation: state.traffic.generation,
      reason: state.reason,
      records: state.records,
    }),
    judgeInput: (observing) => ({
      rolloutId: rollout.id,
      candidate: rollout.candidate,
      baseline: rollout.baseline,
      plan,
      stage: stageOf(observing, plan),
      generation: observing.traffic.generation,
      watching,
      outside: ledger.strata,
      records: observing.records,
      progress: progressOf(viewOf(rollout, observing, ledger)),
    }),
    closeInput: (final) => ({
      rolloutId: rollout.id,
      records: final.records,
      closing: {
        ...progressOf(viewOf(rollout, final, ledger)),
        outcome: outcomeOf(final.phase),
        endedBy: final.ending.by,
      },
    }),
  };
}

const MODEL_VERSION = defineSearchAttributeKey('ModelVersion', 'KEYWORD');
const ROLLOUT_STAGE = defineSearchAttributeKey('RolloutStage', 'INT');
const ROLLOUT_VERDICT = defineSearchAttributeKey('RolloutVerdict', 'KEYWORD');

/** Each upsert is an event in the history: only a change is worth one. */
function label({ candidate, stage, verdict }: RolloutView, before: string): string {
  const now = `${candidate} ${stage} ${verdict}`;
  if (now === before) return before;
  upsertSearchAttributes([
    { key: MODEL_VERSION, value: candidate },
    { key: ROLLOUT_STAGE, value: stage },
    { key: ROLLOUT_VERDICT, value: verdict },
  ]);
  return now;
}

function progressOf(view: RolloutView) {
  const { stage, verdict, reason } = view;
  return { state: rowState(view.standing), stage, verdict, reason };
}
