import { ApplicationFailure, CancellationScope, condition, setHandler } from '@temporalio/workflow';
import {
  expectedStageOf,
  hasUnreadableStage,
  METRICS,
  metricsSignal,
  openingView,
  pauseSignal,
  pauseUpdate,
  promoteSignal,
  promoteUpdate,
  type RolloutStart,
  reasonOf,
  resumeSignal,
  resumeUpdate,
  rollbackSignal,
  rollbackUpdate,
  STEERING,
  type SteerInput,
  stateQuery,
} from '../src/rollout/messages.ts';
import { REFUSED } from '../src/rollout/refused.ts';
import { type CommandName, refusalOf } from '../src/rollout/steer.ts';
import type { Desk } from './rollout-desk.ts';

/** Gives the desk, once the rollout is open; what comes before is kept for it. */
export interface Opening {
  desk: Desk | undefined;
}

/** Every message of a rollout; set before its first wait, so that none is lost. */
export function takeMessages(start: RolloutStart, opening: Opening): void {
  setHandler(stateQuery, () => opening.desk?.view() ?? openingView(start.candidate), {
    description: 'The whole state as JSON',
  });
  setHandler(metricsSignal, async (payload) => (await opened(opening)).sample(payload), {
    description: METRICS,
  });
  takeCommand(opening, { command: 'pause', signal: pauseSignal, update: pauseUpdate });
  takeCommand(opening, { command: 'resume', signal: resumeSignal, update: resumeUpdate });
  takeCommand(opening, { command: 'promote', signal: promoteSignal, update: promoteUpdate });
  takeCommand(opening, { command: 'rollback', signal: rollbackSignal, update: rollbackUpdate });
}

/** A command comes as a signal, for the Web UI and tctl, and as an update, which answers and may be refused. */
function takeCommand(
  opening: Opening,
  of: { command: CommandName; signal: typeof pauseSignal; update: typeof pauseUpdate },
): void {
  const { command, signal, update } = of;
  const description = STEERING[command];
  // Without a wait where the desk is there: a second command sees what the first one did.
  const obey = async (payload?: unknown) => {
    const desk = opening.desk ?? (await opened(opening));
    const said = desk.steer({ type: command, reason: reasonOf(payload) });
    return { said, state: desk.view() };
  };
  setHandler(signal, async (payload) => void (await obey(payload)), { description });
  setHandler(
    update,
    async (input?: SteerInput) => {
      // Once more: the stage was not known yet, or another command was obeyed between the validator and here.
      await opened(opening);
      refuseStale(opening, command, input);
      return obey(input);
    },
    { description, validator: (input?: SteerInput) => refuseStale(opening, command, input) },
  );
}

/** What is stale, or comes after the end, is refused before it enters the history. */
function refuseStale({ desk }: Opening, command: CommandName, input: SteerInput | undefined): void {
  if (hasUnreadableStage(input)) {
    throw ApplicationFailure.nonRetryable(
      'expectedStage is not a number; give the percentage that you saw',
      REFUSED.invalid,
    );
  }
  if (desk === undefined) return;
  const expectedStage = expectedStageOf(input);
  const refusal = refusalOf(desk.state(), desk.rollout().plan, { command, expectedStage });
  if (refusal !== null) throw ApplicationFailure.nonRetryable(refusal.message, refusal.code);
}

/** A handler is not cancelled with the rollout: what comes during its tidying up is still answered. */
async function opened(opening: Opening): Promise<Desk> {
  if (opening.desk) return opening.desk;
  await CancellationScope.nonCancellable(() => condition(() => opening.desk !== undefined));
  if (opening.desk === undefined) throw new Error('the rollout has not opened');
  return opening.desk;
}
