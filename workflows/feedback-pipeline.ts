import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ApplicationFailure,
  CancellationScope,
  ChildWorkflowCancellationType,
  isCancellation,
  log,
  setCurrentDetails,
  setHandler,
  startChild,
  TemporalFailure,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import type { PipelinePlan, PipelineResult, PipelineState } from '../src/pipeline/messages.ts';
import { stateQuery } from '../src/pipeline/messages.ts';
import { details } from '../src/pipeline/narrate.ts';
import { type Ending, endedAs, openingState, resultOf } from '../src/pipeline/state.ts';
import { ROLLOUT_WORKFLOW, ROLLOUT_WORKFLOW_ID } from '../src/rollout/messages.ts';
import { type Failure, readFailure } from './pipeline-failure.ts';
import { steps } from './pipeline-steps.ts';

/** What the night knows so far, and the way to add to it: the query and the Web UI's details follow. */
interface Story {
  state: () => PipelineState;
  tell: (news: Partial<PipelineState>) => void;
}

/**
 * A night: export → upload → tune → wait → register → hand the candidate to a rollout.
 * Completes with a named outcome; fails as TuningFailed, TuningCancelled, TuningTimedOut or with the type of the step's
 * own failure. Cancelled or failed, it leaves no tuning job running and no claim behind.
 */
export async function feedbackPipeline(): Promise<PipelineResult> {
  const story = beginStory();
  try {
    const ending = await night(story);
    await CancellationScope.nonCancellable(() => close(story, ending));
    return resultOf(story.state(), ending);
  } catch (error) {
    // Anything else is a mistake in this code: the task is tried again until a new release mends it.
    if (!(error instanceof TemporalFailure)) throw error;
    const failure = readFailure(error);
    await CancellationScope.nonCancellable(() => tidyUp(story, failure));
    throw isCancellation(error) ? error : ApplicationFailure.nonRetryable(failure.message, failure.type);
  }
}

async function night(story: Story): Promise<Ending> {
  const plan = await steps.openPipeline();
  const exported = await exportThumbs(story);
  if (exported === 'nothing' && plan.untrained === 'none') {
    return endedAs('nothing_to_export', 'there is no new thumb, and every liked answer has been trained on');
  }
  if (plan.tuning === 'disabled') {
    return endedAs('tuning_disabled', 'FEEDBACK_AUTO_TUNE_ENABLED is not true: exported only');
  }
  const dataset = await buildTrainingSet(story, plan);
  if ('outcome' in dataset) {
    // Thumbs down, or nothing that is left after the checks.
    return exported === 'nothing' && dataset.examples === 0
      ? endedAs('nothing_to_export', 'there is no new thumb, and no liked answer is left to train on')
      : dataset;
  }
  const { baseModel } = plan;
  story.tell({ phase: 'tuning', tuningTimeoutMs: plan.timeoutMs });
  const { job } = await steps.startTuning({ ...dataset, baseModel, pollIntervalMs: plan.pollIntervalMs });
  story.tell({ trainingJob: job });
  const model = await steps.awaitTuning(job, plan);
  story.tell({ phase: 'registering' });
  const { trainingSetId } = dataset;
  const { versionName } = await steps.registerModel({ ...model, job, trainingSetId, baseModel });
  story.tell({ phase: 'handing_over', candidate: versionName });
  return handOver(versionName);
}

/** Takes every thumb that no export has taken, those that an outage left behind included. */
async function exportThumbs({ tell }: Story): Promise<'something' | 'nothing'> {
  const batchId = uuid4();
  tell({ phase: 'exporting', batchId });
  const { outcome, rows, positives, fileName } = await steps.exportBatch({ batchId });
  tell({ exportedRows: rows, exportedPositives: positives, fileName });
  return outcome === 'exported' ? 'something' : 'nothing';
}

type Uploaded = { trainingSetId: string; trainingUri: string; validationUri?: string };

async function buildTrainingSet(
  { tell }: Story,
  { baseModel, minSamples, unavailable }: PipelinePlan,
): Promise<Uploaded | (Ending & { examples: number })> {
  const trainingSetId = uuid4();
  tell({ phase: 'uploading', trainingSetId, baseModel });
  const dataset =
    unavailable?.found === 'before_upload'
      ? await steps.countExamples({ trainingSetId, baseModel })
      : await steps.uploadDataset({ trainingSetId, baseModel, minSamples });
  if (dataset.outcome !== 'uploaded') {
    tell({ trainingSetId: null });
    const examples = dataset.outcome === 'nothing_new' ? 0 : dataset.examples;
    const reason = `${examples} examples are left after the checks, FEEDBACK_MIN_SAMPLES_FOR_TUNE is ${minSamples}`;
    return unavailable && examples >= minSamples
      ? { ...endedAs('tuning_unavailable', unavailable.reason), examples }
      : { ...endedAs('not_enough_samples', reason), examples };
  }
  const { trainingUri, validationUri, trainingExamples: examples, validationExamples } = dataset;
  tell({ trainingExamples: examples, validationExamples });
  if (unavailable) {
    await steps.releaseTrainingSet({ trainingSetId, reason: unavailable.reason });
    return { ...endedAs('tuning_unavailable', unavailable.reason), examples };
  }
  return { trainingSetId, trainingUri, ...(validationUri === undefined ? {} : { validationUri }) };
}

/** The rollout outlives this night. Where one runs already, the candidate waits for it to end. */
async function handOver(candidate: string): Promise<Ending> {
  try {
    await startChild(ROLLOUT_WORKFLOW, {
      workflowId: ROLLOUT_WORKFLOW_ID,
      args: [{ candidate }],
      staticSummary: `${candidate} on trial`,
      parentClosePolicy: 'ABANDON',
      cancellationType: ChildWorkflowCancellationType.ABANDON,
    });
    return endedAs('rollout_started', `the workflow ${ROLLOUT_WORKFLOW_ID} has begun to try ${candidate}`);
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return endedAs('candidate_waits', `another rollout is running; ${candidate} comes after it`);
  }
}

async function close({ state, tell }: Story, ending: Ending): Promise<void> {
  tell({ phase: 'ended', ...ending });
  await steps.closePipeline({ ...ending, candidate: state().candidate });
}

/** Leaves a sane world: no job that runs on and is paid for, no thumb or example that is claimed for nothing. */
async function tidyUp(story: Story, { outcome, type, message }: Failure): Promise<void> {
  const { phase, batchId, exportedRows, trainingSetId, candidate } = story.state();
  const reason = message;
  if (batchId !== null && exportedRows === null) {
    await attempt('releaseBatch', () => steps.releaseBatch({ batchId, reason }));
  }
  if (trainingSetId !== null && candidate === null) {
    const mayRun = phase === 'tuning' && type !== 'TuningFailed' && type !== 'TuningCancelled';
    if (mayRun) await attempt('cancelTuning', () => steps.cancelTuning({ trainingSetId }));
    await attempt('releaseTrainingSet', () => steps.releaseTrainingSet({ trainingSetId, reason }));
  }
  story.tell({ phase: 'ended', outcome, reason });
  await attempt('closePipeline', () => steps.closePipeline({ outcome, reason, candidate }));
}

/** The night's own outcome must not be hidden by a step of its tidying up. */
async function attempt(step: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.error(`${step} failed; the night ends as it is`, {
      event: 'pipeline.tidy_up_failed',
      step,
      err: error,
    });
  }
}

function beginStory(): Story {
  let state = openingState(workflowInfo().startTime);
  setHandler(stateQuery, () => state, { description: 'The night so far, as JSON.' });
  setCurrentDetails(details(state));
  return {
    state: () => state,
    tell: (news) => {
      state = { ...state, ...news };
      setCurrentDetails(details(state));
    },
  };
}
