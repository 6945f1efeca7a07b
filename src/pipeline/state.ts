import type { PipelineOutcome, PipelineResult, PipelineState } from './messages.ts';

/** How a night came to its end. */
export interface Ending {
  outcome: PipelineOutcome;
  reason: string;
}

export function openingState(startedAt: Date): PipelineState {
  return {
    phase: 'opening',
    startedAt: startedAt.toISOString(),
    outcome: null,
    reason: null,
    batchId: null,
    fileName: null,
    exportedRows: null,
    exportedPositives: null,
    baseModel: null,
    trainingSetId: null,
    trainingExamples: null,
    validationExamples: null,
    trainingJob: null,
    tuningTimeoutMs: null,
    candidate: null,
  };
}

export function resultOf(
  { batchId, trainingSetId, trainingJob, candidate }: PipelineState,
  { outcome, reason }: Ending,
): PipelineResult {
  return { outcome, reason, batchId, trainingSetId, trainingJob, candidate };
}

export function endedAs(outcome: PipelineOutcome, reason: string): Ending {
  return { outcome, reason };
}
