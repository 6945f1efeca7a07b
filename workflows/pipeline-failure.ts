import {
  ActivityFailure,
  ApplicationFailure,
  isCancellation,
  type TemporalFailure,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { PipelineFailure } from '../src/pipeline/messages.ts';

/** A night's failure: the list's word, the workflow failure's type, and a sentence for people. */
export interface Failure {
  outcome: PipelineFailure;
  type: string;
  message: string;
}

const OUTCOMES: Readonly<Record<string, PipelineFailure>> = {
  TuningFailed: 'tuning_failed',
  TuningCancelled: 'tuning_cancelled',
  TuningTimedOut: 'tuning_timed_out',
};

export function readFailure(error: TemporalFailure): Failure {
  if (isCancellation(error)) return { outcome: 'cancelled', type: 'Cancelled', message: 'cancelled by hand' };
  const { type, message } = rootOf(error);
  return { outcome: OUTCOMES[type] ?? 'failed', type, message };
}

function rootOf(error: TemporalFailure): { type: string; message: string } {
  const step = error instanceof ActivityFailure ? error.activityType : 'the pipeline';
  const cause = error instanceof ActivityFailure ? error.cause : error;
  const said = cause?.message ?? error.message;
  if (isOutOfTime(error)) {
    const type = step === 'awaitTuning' ? 'TuningTimedOut' : 'StepTimedOut';
    return { type, message: `${step} did not come to an end in its time; last: ${said}` };
  }
  if (cause instanceof ApplicationFailure && cause.type) return { type: cause.type, message: said };
  return { type: 'PipelineFailed', message: `${step}: ${said}` };
}

/** With retries the server ends a step before its limit: the cause is then the last attempt's own failure. */
function isOutOfTime(error: TemporalFailure): boolean {
  return (
    error instanceof ActivityFailure &&
    (error.retryState === 'TIMEOUT' || error.cause instanceof TimeoutFailure)
  );
}
