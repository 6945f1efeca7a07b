import { defineQuery } from '@temporalio/workflow';

/** Workflow type of the nightly pipeline, and the Schedule that starts it. */
export const PIPELINE_WORKFLOW = 'feedbackPipeline';
export const PIPELINE_SCHEDULE = 'feedback-pipeline';

/** How a night that completes can end. */
export type PipelineOutcome =
  | 'rollout_started'
  | 'candidate_waits'
  | 'nothing_to_export'
  | 'tuning_disabled'
  | 'not_enough_samples'
  | 'tuning_unavailable';

/** How the list calls a night that fails or is cancelled; the workflow's failure has the type beside it. */
export type PipelineFailure =
  | 'tuning_failed'
  | 'tuning_cancelled'
  | 'tuning_timed_out'
  | 'cancelled'
  | 'failed'
  /** Noted by the watch for a run that could not: it was terminated, or reset. */
  | 'terminated';

export const PHASES = [
  'opening',
  'exporting',
  'uploading',
  'tuning',
  'registering',
  'handing_over',
  'ended',
] as const;
export type PipelinePhase = (typeof PHASES)[number];

/**
 * What the settings decide, read once by the first activity: a later change of settings is for the next night,
 * and a replay sees what this one saw.
 */
export interface PipelinePlan {
  tuning: 'enabled' | 'disabled';
  minSamples: number;
  baseModel: string;
  pollIntervalMs: number;
  timeoutMs: number;
  /** Liked answers of earlier exports that no tuning has used yet. */
  untrained: 'some' | 'none';
  /** Why nothing can be tuned; null when it can. */
  unavailable: { reason: string; found: 'before_upload' | 'after_upload' } | null;
}

/** The query `state`: everything the pipeline knows of its night. */
export interface PipelineState {
  phase: PipelinePhase;
  startedAt: string;
  outcome: PipelineOutcome | PipelineFailure | null;
  reason: string | null;
  batchId: string | null;
  fileName: string | null;
  exportedRows: number | null;
  exportedPositives: number | null;
  baseModel: string | null;
  trainingSetId: string | null;
  trainingExamples: number | null;
  validationExamples: number | null;
  trainingJob: string | null;
  /** Longest wait for the job, in milliseconds. */
  tuningTimeoutMs: number | null;
  candidate: string | null;
}

/** Result of the workflow. */
export interface PipelineResult {
  outcome: PipelineOutcome;
  reason: string;
  batchId: string | null;
  trainingSetId: string | null;
  trainingJob: string | null;
  candidate: string | null;
}

export interface ClosePipelineInput {
  outcome: PipelineOutcome | PipelineFailure;
  reason: string;
  /** Put in line when the outcome is `candidate_waits`. */
  candidate: string | null;
}

export const stateQuery = defineQuery<PipelineState>('state');
