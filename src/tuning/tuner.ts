/** What one tuning needs. The training set's id finds the job again: it is its label and part of its name. */
export interface TuningRequest {
  trainingSetId: string;
  baseModel: string;
  trainingUri: string;
  /** Undefined when no example was held out. */
  validationUri?: string | undefined;
}

/**
 * Where a job stands. `detail` is written for people: "running, processing dataset".
 * `incomplete`: it says it succeeded, but the model or its endpoint is not there yet.
 */
export type TuningStatus =
  | { state: 'running'; detail: string }
  | { state: 'waiting_for_quota'; detail: string }
  | { state: 'incomplete'; detail: string }
  | { state: 'succeeded'; tunedModel: string; endpoint: string }
  | { state: 'failed' | 'cancelled' | 'expired'; message: string };

/** A job by its full resource name. */
export interface TuningJob {
  job: string;
  status: TuningStatus;
}

/** Why nothing can be tuned, and whether the training files are uploaded all the same. */
export interface Unavailable {
  reason: string;
  found: 'before_upload' | 'after_upload';
}

/** Tunes models. Knows nothing of workflows: what waits, repeats and gives up is the caller's. */
export interface Tuner {
  /** Why this base can't be tuned now and what to do about it; undefined when it can. */
  whyUnavailable: (baseModel: string) => Unavailable | undefined;
  /** The job that was started for this training set, if any. */
  findTuningJob: (trainingSetId: string) => Promise<TuningJob | undefined>;
  /** Starts a job; when the answer is lost, looks whether it was started all the same. */
  createTuningJob: (request: TuningRequest) => Promise<TuningJob>;
  getTuningJobStatus: (job: string) => Promise<TuningStatus>;
  /** Asks for the end of a job. It may still succeed; a job that has ended already is no error. */
  cancelTuningJob: (job: string) => Promise<void>;
}

/**
 * `refused`: asking again gives the same answer. `busy`: a quota or rate limit, try later.
 * `unclear`: nothing is known of what happened on the other side.
 */
export type TunerErrorKind = 'refused' | 'busy' | 'unclear';

export class TunerError extends Error {
  override readonly name = 'TunerError';
  readonly kind: TunerErrorKind;
  /** How long the other side asks to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: TunerErrorKind,
    message: string,
    options: { retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** True for a TunerError, also for one that crossed a module or realm boundary. */
export function isTunerError(error: unknown): error is TunerError {
  return error instanceof Error && error.name === 'TunerError' && 'kind' in error;
}

export function hasEnded({ state }: TuningStatus): boolean {
  return ['succeeded', 'failed', 'cancelled', 'expired'].includes(state);
}
