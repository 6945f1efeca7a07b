import { ActivityCancellationType, type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import type { PipelinePlan } from '../src/pipeline/messages.ts';
import { shortName, spoken } from '../src/tuning/wait.ts';

const RETRY = { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' } as const;
const QUICK: ActivityOptions = {
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '4 hours',
  retry: RETRY,
};
/** Long work that tells it is alive: a lost worker is noticed after a minute and the work goes on elsewhere. */
const LONG: ActivityOptions = {
  startToCloseTimeout: '1 hour',
  scheduleToCloseTimeout: '4 hours',
  heartbeatTimeout: '1 minute',
  retry: RETRY,
};
/** Whoever cancels tidies up after what the step did, so that it must have ended before. */
const cancellationType = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED;
/** Google's quota of one job may be taken by others for days: the wait for it is bounded all the same. */
const LONGEST_QUOTA_WAIT_MS = 7 * 24 * 3_600_000;

const act = proxyActivities<Activities>(QUICK);

type Input<Step extends keyof Activities> = Parameters<Activities[Step]>[0];

/** The steps of a night with their limits, and a line for each in the Web UI. */
export const steps = {
  openPipeline: () => act.openPipeline.executeWithOptions({ ...QUICK, summary: 'read the settings' }, []),
  exportBatch: (input: Input<'exportBatch'>) =>
    act.exportBatch.executeWithOptions({ ...LONG, summary: 'export all thumbs not yet exported' }, [input]),
  uploadDataset: (input: Input<'uploadDataset'>) =>
    act.uploadDataset.executeWithOptions(
      { ...LONG, summary: `training set for ${input.baseModel} from ${input.minSamples} examples on` },
      [input],
    ),
  countExamples: (input: Omit<Input<'uploadDataset'>, 'minSamples'>) =>
    act.uploadDataset.executeWithOptions({ ...LONG, summary: 'count the examples, upload nothing' }, [
      // No set is that large, so that it is only counted.
      { ...input, minSamples: Number.MAX_SAFE_INTEGER },
    ]),
  startTuning: (input: Input<'startTuning'>) =>
    act.startTuning.executeWithOptions(
      {
        startToCloseTimeout: '2 minutes',
        scheduleToCloseTimeout: LONGEST_QUOTA_WAIT_MS,
        cancellationType,
        retry: { ...RETRY, initialInterval: '5 seconds', maximumInterval: '5 minutes' },
        summary: `tune ${input.baseModel}`,
      },
      [input],
    ),
  awaitTuning: (job: string, { pollIntervalMs, timeoutMs }: PipelinePlan) =>
    act.awaitTuning.executeWithOptions(
      {
        startToCloseTimeout: '2 minutes',
        // The activity itself ends the wait at its limit, after a look at the very end; this is the outer bound.
        scheduleToCloseTimeout: timeoutMs + LONGEST_QUOTA_WAIT_MS,
        retry: { initialInterval: pollIntervalMs, maximumInterval: pollIntervalMs, backoffCoefficient: 1 },
        summary: `wait for ${shortName(job)}, at most ${spoken(timeoutMs)}, a look every ${spoken(pollIntervalMs)}`,
      },
      [{ job, pollIntervalMs, timeoutMs }],
    ),
  registerModel: (input: Input<'registerModel'>) =>
    act.registerModel.executeWithOptions(
      { ...QUICK, cancellationType, summary: 'register the tuned version at 0 %' },
      [input],
    ),
  closePipeline: (input: Input<'closePipeline'>) =>
    act.closePipeline.executeWithOptions({ ...QUICK, summary: `end: ${input.outcome}` }, [input]),
  cancelTuning: (input: Input<'cancelTuning'>) =>
    act.cancelTuning.executeWithOptions(
      { ...QUICK, scheduleToCloseTimeout: '15 minutes', summary: 'cancel the tuning job' },
      [input],
    ),
  releaseTrainingSet: (input: Input<'releaseTrainingSet'>) =>
    act.releaseTrainingSet.executeWithOptions({ ...QUICK, summary: 'its examples count as not trained on' }, [
      input,
    ]),
  releaseBatch: (input: Input<'releaseBatch'>) =>
    act.releaseBatch.executeWithOptions({ ...QUICK, summary: 'its thumbs count as not exported' }, [input]),
};
