import type { Tuner } from './tuner.ts';
import { TunerError } from './tuner.ts';

/** Stands in where nothing can be tuned: the pipeline uploads and ends as `tuning_unavailable` with this reason. */
export function createUnavailableTuner(reason: string): Tuner {
  const refuse = () => Promise.reject(new TunerError('refused', reason));
  return {
    whyUnavailable: () => ({ reason, found: 'after_upload' }),
    findTuningJob: () => Promise.resolve(undefined),
    createTuningJob: refuse,
    getTuningJobStatus: refuse,
    cancelTuningJob: () => Promise.resolve(),
  };
}

/** With a plain API key models can be served and nothing can be tuned. */
export const DEVELOPER_API_REASON =
  'only Vertex AI tunes Gemini: set GEMINI_PROJECT_ID with Google credentials, and GCS_BUCKET for the training files';
