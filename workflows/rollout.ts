import {
  ActivityFailure,
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  workflowInfo,
} from '@temporalio/workflow';
import { ROLLOUT_WORKFLOW_ID, type RolloutResult, type RolloutStart } from '../src/rollout/messages.ts';
import { checkDelayMs } from '../src/rollout/next.ts';
import { REFUSED } from '../src/rollout/refused.ts';
import { isFinal, type Moving, type Observing, type RollingBack, stageOf } from '../src/rollout/state.ts';
import { type Carried, createDesk, type Desk, freshStart } from './rollout-desk.ts';
import { type Opening, takeMessages } from './rollout-messages.ts';
import { steps } from './rollout-steps.ts';

/**
 * Takes a candidate through the stages of its plan: set the weights, watch, judge; then on, or back.
 * The id `rollout` is the lock; under any other id it fails at once.
 */
export async function rollout(start: RolloutStart, carried?: Carried): Promise<RolloutResult> {
  assertOnlyId();
  const opening: Opening = { desk: carried && createDesk(carried) };
  takeMessages(start, opening);
  const desk = opening.desk ?? createDesk(freshStart(await settlePlan(start)));
  opening.desk = desk;
  try {
    while (!isFinal(desk.state())) {
      await oneStep(desk);
      await continueAsNewWhenDue(start, desk);
    }
  } catch (error) {
    if (!isCancellation(error)) throw error;
    await CancellationScope.nonCancellable(() => leaveSane(desk));
    throw error;
  }
  await CancellationScope.nonCancellable(() => close(desk));
  await condition(allHandlersFinished);
  return resultOf(desk);
}

/** Not to be cancelled half-way: once the row is open, it is also closed. */
function settlePlan(start: RolloutStart) {
  const { workflowId, runId, firstExecutionRunId } = workflowInfo();
  return CancellationScope.nonCancellable(() =>
    steps.open({ start, workflowId, runId: firstExecutionRunId || runId }),
  );
}

async function oneStep(desk: Desk): Promise<void> {
  const state = desk.state();
  if (state.phase === 'moving') return moveTraffic(desk, state);
  if (state.phase === 'observing') return watchStage(desk, state);
  if (state.phase === 'rolling-back') {
    return CancellationScope.nonCancellable(() => restoreBaseline(desk, state));
  }
}

async function moveTraffic(desk: Desk, state: Moving): Promise<void> {
  const { percent } = stageOf(state, desk.rollout().plan);
  const set = await unlessLost(() => steps.setTraffic(desk.trafficInput(percent)));
  // Lost: the state still says `moving`, so the next step tries again, or rolls back if that was asked for.
  if (set === undefined) return;
  desk.wroteDown(state.recorded);
  if (set.outcome === 'set') {
    desk.happened({ type: 'traffic-set', percent, generation: set.generation });
  } else {
    desk.happened({ type: 'overruled', text: 'somebody else changed the weights; they stay as they are' });
  }
}

async function watchStage(desk: Desk, state: Observing): Promise<void> {
  const { plan } = desk.rollout();
  const delayMs = checkDelayMs(state, plan);
  desk.happened({ type: 'check-planned', atMs: Date.now() + delayMs });
  const summary = `watch the ${stageOf(state, plan).percent} % stage`;
  await condition(desk.steered, delayMs, { summary });
  desk.takeSteered();
  const now = desk.state();
  if (now.phase === 'observing') await judge(desk, now);
}

async function judge(desk: Desk, state: Observing): Promise<void> {
  const found = await unlessLost(() => steps.judge(desk.judgeInput(state)));
  if (found === undefined) {
    const text = 'the figures could not be read; the clock of the stage stands still';
    desk.happened({ type: 'figures-lost', text });
    return;
  }
  desk.wroteDown(state.recorded);
  desk.judged(found, state.stageIndex);
}

async function restoreBaseline(desk: Desk, state: RollingBack): Promise<void> {
  const { generation } = await steps.restoreBaseline(desk.trafficInput(0));
  desk.wroteDown(state.recorded);
  desk.happened({ type: 'baseline-restored', generation });
}

/** A rollout of weeks would outgrow one history; between two checks nothing is under way. */
async function continueAsNewWhenDue(start: RolloutStart, desk: Desk): Promise<void> {
  if (!workflowInfo().continueAsNewSuggested || isFinal(desk.state())) return;
  await condition(allHandlersFinished);
  await continueAsNew<typeof rollout>(start, desk.carry());
}

/** Cancelled: the baseline gets everything back and the row is closed. */
async function leaveSane(desk: Desk): Promise<void> {
  desk.happened({ type: 'cancelled' });
  const state = desk.state();
  if (state.phase === 'rolling-back') await restoreBaseline(desk, state);
  await close(desk);
}

async function close(desk: Desk): Promise<void> {
  const state = desk.state();
  if (isFinal(state)) await steps.close(desk.closeInput(state));
}

/** An activity that ran out of its time gives undefined; a cancellation goes on its way. */
async function unlessLost<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ActivityFailure && !isCancellation(error)) return undefined;
    throw error;
  }
}

function resultOf(desk: Desk): RolloutResult {
  const { outcome, rolloutId, candidate, baseline, stage, verdict, reason } = desk.view();
  return { outcome: outcome ?? 'rolled_back', rolloutId, candidate, baseline, stage, verdict, reason };
}

function assertOnlyId(): void {
  const { workflowId } = workflowInfo();
  if (workflowId === ROLLOUT_WORKFLOW_ID) return;
  throw ApplicationFailure.nonRetryable(
    `A rollout has the workflow id ${ROLLOUT_WORKFLOW_ID}, so that one runs at a time; this one was started as ${workflowId}. Start it as ${ROLLOUT_WORKFLOW_ID}.`,
    REFUSED.wrongId,
  );
}
