import { ActivityCancellationType, type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { RolloutActivities } from '../activities/rollout.ts';

const RETRY = {
  initialInterval: '500 milliseconds',
  backoffCoefficient: 2,
  maximumInterval: '10 seconds',
} as const;
/** No limit in all: what must happen in the end is tried again for ever. */
const UNTIL_DONE: ActivityOptions = { startToCloseTimeout: '30 seconds', retry: RETRY };
/** Gives up after a minute: then a rollback that was asked for meanwhile gets its turn, or the next check. */
const ONE_MINUTE: ActivityOptions = { ...UNTIL_DONE, scheduleToCloseTimeout: '1 minute' };
/** Whoever cancels tidies up after what the step did, so that it must have ended before. */
const ENDS_FIRST: ActivityOptions = {
  ...ONE_MINUTE,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
};

const act = proxyActivities<RolloutActivities>(UNTIL_DONE);

type Input<Step extends keyof RolloutActivities> = Parameters<RolloutActivities[Step]>[0];

/** What a rollout does to the world, with its limits and a line for each in the Web UI. */
export const steps = {
  open: (input: Input<'openRollout'>) =>
    act.openRollout.executeWithOptions({ ...UNTIL_DONE, summary: 'settle the plan' }, [input]),
  setTraffic: (input: Input<'setTraffic'>) =>
    act.setTraffic.executeWithOptions(
      { ...ENDS_FIRST, summary: `${input.candidate} to ${input.percent} %` },
      [input],
    ),
  /** Must happen, however long the database is away. */
  restoreBaseline: (input: Input<'setTraffic'>) =>
    act.setTraffic.executeWithOptions({ ...UNTIL_DONE, summary: `all traffic back to ${input.baseline}` }, [
      input,
    ]),
  judge: (input: Input<'judge'>) =>
    act.judge.executeWithOptions({ ...ONE_MINUTE, summary: `judge the ${input.stage.percent} % stage` }, [
      input,
    ]),
  close: (input: Input<'closeRollout'>) =>
    act.closeRollout.executeWithOptions({ ...UNTIL_DONE, summary: `end: ${input.closing.outcome}` }, [input]),
};
