/**
 * Every error a caller can meet: HTTP status, whether trying again can help, and what to do next.
 * The HTTP door, the activity door and docs/errors.md read this one table.
 */
export const ERRORS = {
  invalid_input: { status: 400, retryable: false, advice: 'Correct the field named in details.' },
  unauthorized: {
    status: 401,
    retryable: false,
    advice: 'Send the header Authorization: Bearer <admin token>.',
  },
  not_found: {
    status: 404,
    retryable: false,
    advice: 'The lists show what there is; /docs shows the routes.',
  },
  context_expired: { status: 404, retryable: false, advice: 'Ask again, then rate the fresh answer.' },
  already_exported: {
    status: 409,
    retryable: false,
    advice: 'The thumb is part of a training file; it can be withdrawn with DELETE, not changed.',
  },
  already_running: {
    status: 409,
    retryable: false,
    advice: 'Wait until the running one has ended; its link is in details.',
  },
  rollout_running: { status: 409, retryable: false, advice: 'Steer or roll back the running rollout first.' },
  rollout_ended: { status: 409, retryable: false, advice: 'The rollout has ended; start another one.' },
  stale: { status: 409, retryable: false, advice: 'Look at the rollout again, then decide.' },
  last_active: { status: 409, retryable: false, advice: 'Activate another version first.' },
  payload_too_large: { status: 413, retryable: false, advice: 'Send at most 256 KiB.' },
  unsupported_media_type: {
    status: 415,
    retryable: false,
    advice: 'Send JSON with Content-Type: application/json.',
  },
  blocked: { status: 422, retryable: false, advice: 'Rephrase the question; nothing was stored.' },
  rate_limited: { status: 429, retryable: true, advice: 'Wait for the seconds given in Retry-After.' },
  internal: { status: 500, retryable: true, advice: 'Look for the event http.failed in the log.' },
  model_unavailable: { status: 503, retryable: true, advice: 'Nothing was stored; try again shortly.' },
  model_timeout: { status: 504, retryable: true, advice: 'Nothing was stored; try again shortly.' },
  database_unavailable: {
    status: 503,
    retryable: true,
    advice: 'Send the same request again shortly; nothing is lost.',
  },
  contexts_unavailable: {
    status: 503,
    retryable: true,
    advice: 'Send the same request again shortly; nothing is lost.',
  },
  temporal_unavailable: {
    status: 503,
    retryable: true,
    advice: 'Answers and thumbs go on; try again when Temporal is back.',
  },
} as const satisfies Record<string, { status: number; retryable: boolean; advice: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** One wrong field of a request; `field` is a path such as `question.title`. */
export interface FieldProblem {
  field: string;
  message: string;
}

export interface AppErrorOptions {
  details?: FieldProblem[] | Record<string, unknown>;
  /** Seconds for Retry-After. */
  retryAfterSeconds?: number;
  cause?: unknown;
}

/** A failure with a code of the table above; `message` says what happened and why. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly details: AppErrorOptions['details'];
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** True for an AppError, also for one that crossed a module or realm boundary. */
export function isAppError(error: unknown): error is AppError {
  return error instanceof Error && error.name === 'AppError' && 'code' in error;
}
