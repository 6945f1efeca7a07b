import type { TuningJob as GeminiTuningJob, GoogleGenAI } from '@google/genai';
import type { BaseModelTable } from '../gemini/base-models.ts';
import type { GeminiConnection } from '../gemini/connection.ts';
import { createGoogleClient } from '../gemini/google-client.ts';
import { readGoogleError } from '../gemini/google-error.ts';
import type { Log } from '../log.ts';
import { tunerError } from './gemini-failure.ts';
import { statusOfJob } from './gemini-status.ts';
import type { Tuner, TuningJob, TuningRequest } from './tuner.ts';
import { isTunerError, TunerError } from './tuner.ts';

export interface GeminiTunerOptions {
  connection: GeminiConnection;
  /** Where Vertex tunes; another place than where it serves. */
  location: string;
  timeoutMs?: number;
  /** Bucket of the training files; undefined when none is set. */
  bucket: string | undefined;
  epochCount: number;
  learningRateMultiplier?: number | undefined;
  baseModels: BaseModelTable;
  log: Log;
}

/** Label keys and values take lower-case letters, digits, `-` and `_`: an id fits, a time would not. */
const LABEL = 'training-set';
const PAGE_SIZE = 100;
const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * Supervised tuning on Vertex AI. Google has no request id, so a job is found again by its label or name: before
 * each creation, and after one whose answer was lost. The SDK's own retries stay off: they would pay twice.
 */
export function createGeminiTuner(options: GeminiTunerOptions): Tuner {
  const { tunings } = createGoogleClient(
    options.connection,
    options.location,
    options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
  );
  const { baseModels, log } = options;

  async function findTuningJob(trainingSetId: string): Promise<TuningJob | undefined> {
    try {
      // No filter: its fields are not documented, and one that matches nothing would pay for a second job.
      const pager = await tunings.list({ config: { pageSize: PAGE_SIZE } });
      for (let page = pager.page; ; page = await pager.nextPage()) {
        const found = page.find((job) => belongsTo(job, trainingSetId));
        if (found) return asJob(found);
        // The pager itself takes an empty token for a next page and would never end.
        if (!pager.params.config?.pageToken) return undefined;
      }
    } catch (thrown) {
      throw tunerError('Looking for the tuning job', thrown);
    }
  }

  async function createTuningJob(request: TuningRequest): Promise<TuningJob> {
    try {
      return asJob(await tunings.tune(bodyOf(request, options)));
    } catch (thrown) {
      const error = isTunerError(thrown) ? thrown : tunerError('Starting the tuning job', thrown);
      const found = error.kind === 'unclear' ? await findTuningJob(request.trainingSetId) : undefined;
      if (!found) throw error;
      log.info({ event: 'tuning.found', job: found.job }, 'The answer was lost, but the job was started');
      return found;
    }
  }

  return {
    whyUnavailable: (baseModel) => {
      const reason = options.bucket
        ? baseModels.whyNotTunable(baseModel, new Date())
        : 'GCS_BUCKET is not set: Vertex AI reads training files from Cloud Storage only';
      return reason === undefined ? undefined : { reason, found: 'before_upload' };
    },
    findTuningJob,
    createTuningJob,
    getTuningJobStatus: async (job) => {
      try {
        return statusOfJob(await tunings.get({ name: job }));
      } catch (thrown) {
        throw tunerError(`Looking at ${job}`, thrown);
      }
    },
    cancelTuningJob: async (job) => {
      try {
        await tunings.cancel({ name: job });
      } catch (thrown) {
        // A job that has ended can't be cancelled; its state tells how it ended.
        if (![400, 404, 409].includes(readGoogleError(thrown).status ?? 0))
          throw tunerError(`Cancelling ${job}`, thrown);
      }
    },
  };
}

/** All four of project, location, key and address: with one left out the SDK asks for credentials or drops the project. */
function bodyOf(
  { trainingSetId, baseModel, trainingUri, validationUri }: TuningRequest,
  { epochCount, learningRateMultiplier }: GeminiTunerOptions,
): Parameters<GoogleGenAI['tunings']['tune']>[0] {
  return {
    baseModel,
    trainingDataset: { gcsUri: trainingUri },
    config: {
      tunedModelDisplayName: displayName(trainingSetId),
      labels: { [LABEL]: trainingSetId },
      epochCount,
      ...(learningRateMultiplier === undefined ? {} : { learningRateMultiplier }),
      ...(validationUri === undefined ? {} : { validationDataset: { gcsUri: validationUri } }),
      exportLastCheckpointOnly: true,
    },
  };
}

function displayName(trainingSetId: string): string {
  return `thumbwheel ${trainingSetId}`;
}

function belongsTo(job: GeminiTuningJob, trainingSetId: string): boolean {
  return job.labels?.[LABEL] === trainingSetId || job.tunedModelDisplayName === displayName(trainingSetId);
}

function asJob(job: GeminiTuningJob): TuningJob {
  if (!job.name) throw new TunerError('unclear', 'Google named no job in its answer');
  return { job: job.name, status: statusOfJob(job) };
}
