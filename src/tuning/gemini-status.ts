import type { TuningJob as GeminiTuningJob } from '@google/genai';
import type { TuningStatus } from './tuner.ts';

/**
 * Google's words for a tuning job as ours. A word that this table doesn't know is polled on, shown as it is.
 * Source: JobState and TuningJobState of the Vertex AI tuning API.
 */
export function statusOfJob(job: GeminiTuningJob): TuningStatus {
  switch (job.state) {
    case 'JOB_STATE_SUCCEEDED':
      return result(job) ?? { state: 'incomplete', detail: 'succeeded, its endpoint is not there yet' };
    case 'JOB_STATE_PARTIALLY_SUCCEEDED':
      return result(job) ?? { state: 'failed', message: 'it succeeded only in part and left no endpoint' };
    case 'JOB_STATE_FAILED':
      return { state: 'failed', message: messageOf(job) };
    case 'JOB_STATE_CANCELLED':
      return { state: 'cancelled', message: messageOf(job) };
    case 'JOB_STATE_EXPIRED':
      return { state: 'expired', message: 'it expired at Google before it was done' };
    default:
      return {
        state: waitsForQuota(job) ? 'waiting_for_quota' : 'running',
        detail: [readable(job.state), job.tuningJobState && readable(job.tuningJobState)]
          .filter(Boolean)
          .join(', '),
      };
  }
}

function result({ tunedModel }: GeminiTuningJob): TuningStatus | undefined {
  if (!tunedModel?.model || !tunedModel.endpoint) return undefined;
  return { state: 'succeeded', tunedModel: tunedModel.model, endpoint: tunedModel.endpoint };
}

function waitsForQuota({ state, tuningJobState }: GeminiTuningJob): boolean {
  return state === 'JOB_STATE_QUEUED' || tuningJobState === 'TUNING_JOB_STATE_WAITING_FOR_QUOTA';
}

function messageOf({ error }: GeminiTuningJob): string {
  return error?.message ?? 'Google gave no reason';
}

/** `TUNING_JOB_STATE_PROCESSING_DATASET` → `processing dataset` */
function readable(word: string | undefined): string {
  const plain = word?.replace(/^(TUNING_)?JOB_STATE_/, '').toLowerCase() ?? 'unspecified';
  return plain.replaceAll('_', ' ');
}
