import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Log } from '../src/log.ts';
import {
  type ClosePipelineInput,
  PIPELINE_WORKFLOW,
  type PipelinePhase,
  type PipelinePlan,
} from '../src/pipeline/messages.ts';
import type { PipelineStore, RunKey, RunNote } from '../src/pipeline/store.ts';
import type { RolloutStore } from '../src/rollout/store.ts';
import type { Settings } from '../src/settings/table.ts';
import type { Tuner } from '../src/tuning/tuner.ts';

export interface PipelineActivityDeps {
  pipelines: Pick<PipelineStore, 'note' | 'hasUntrained'>;
  rollouts: Pick<RolloutStore, 'newestWaiting' | 'queue' | 'supersedeOlder'>;
  tuner: Pick<Tuner, 'whyUnavailable'>;
  settings: Pick<
    Settings,
    | 'feedbackAutoTuneEnabled'
    | 'feedbackMinSamplesForTune'
    | 'tuningBaseModel'
    | 'tuningPollIntervalMs'
    | 'tuningTimeoutMs'
  >;
  log: Log;
}

export function createPipelineActivities({
  pipelines,
  rollouts,
  tuner,
  settings,
  log,
}: PipelineActivityDeps) {
  return {
    /** Opens the run's row and reads, once for the night, what the settings decide. */
    openPipeline: async (): Promise<PipelinePlan> => {
      await pipelines.note(thisRun(), { phase: 'opening' });
      const baseModel = settings.tuningBaseModel;
      return {
        tuning: settings.feedbackAutoTuneEnabled ? 'enabled' : 'disabled',
        minSamples: settings.feedbackMinSamplesForTune,
        baseModel,
        pollIntervalMs: settings.tuningPollIntervalMs,
        timeoutMs: settings.tuningTimeoutMs,
        untrained: (await pipelines.hasUntrained()) ? 'some' : 'none',
        unavailable: tuner.whyUnavailable(baseModel) ?? null,
      };
    },
    /** Ends the run's row; where another rollout is running, the candidate is put in line for its turn. */
    closePipeline: async ({ outcome, reason, candidate }: ClosePipelineInput): Promise<void> => {
      const run = thisRun();
      if (outcome === 'candidate_waits' && candidate) await putInLine(rollouts, candidate);
      await pipelines.note(run, { phase: 'ended', outcome, reason, endedAt: new Date() });
      log.info(
        { event: 'pipeline.ended', run_id: run.runId, outcome },
        `The pipeline ended: ${outcome}. ${reason}`,
      );
    },
  };
}

/** Older candidates that wait are superseded; the same one again changes nothing. */
async function putInLine(rollouts: PipelineActivityDeps['rollouts'], candidate: string): Promise<void> {
  const waiting = await rollouts.newestWaiting();
  const row =
    waiting?.candidate === candidate ? waiting : await rollouts.queue({ candidate, input: { candidate } });
  await rollouts.supersedeOlder(row);
}

interface Telling<Input, Answer> {
  pipelines: Pick<PipelineStore, 'note'>;
  phase: PipelinePhase;
  /** What the run's row shows from the start of the step on. */
  before?: (input: Input) => RunNote;
  after?: (answer: Answer) => RunNote;
}

/** A step that also tells the list how far its run is; a step of another workflow tells nothing. */
export function telling<Input, Answer>(
  { pipelines, phase, before, after }: Telling<Input, Answer>,
  step: (input: Input) => Promise<Answer>,
): (input: Input) => Promise<Answer> {
  return async (input) => {
    if (activityInfo().workflowType !== PIPELINE_WORKFLOW) return step(input);
    await pipelines.note(thisRun(), { phase, ...before?.(input) });
    const answer = await step(input);
    if (after) await pipelines.note(thisRun(), after(answer));
    return answer;
  };
}

function thisRun(): RunKey {
  const { workflowExecution } = activityInfo();
  if (!workflowExecution) {
    throw ApplicationFailure.nonRetryable(
      'This step belongs to a workflow and was started without one',
      'NoRun',
    );
  }
  return workflowExecution;
}
