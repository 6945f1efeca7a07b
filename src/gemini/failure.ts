import { AppError } from '../errors.ts';
import { readGoogleError } from './google-error.ts';
import { type GeminiReply, NO_USAGE } from './reply.ts';

type Failed = Extract<GeminiReply, { outcome: 'blocked' | 'failed' }>;

/** Wait that a 503 asks for where Google names none. */
const RETRY_AFTER_SECONDS = 5;
const LONGEST_RETRY_AFTER_SECONDS = 3600;

/** Google advises at least a second before a retry; a connection that was refused or reset needs less. */
const OVERLOADED_PAUSE_MS = 1_000;
const RECONNECT_PAUSE_MS = 100;

const BAD_CREDENTIALS = 'Gemini did not accept this server’s credentials';

/** What to tell a person of a status that Google answered; anything else is "down or overloaded". */
const EXPLAINED: Readonly<Record<number, string>> = {
  400: 'Gemini did not accept the request',
  401: BAD_CREDENTIALS,
  403: BAD_CREDENTIALS,
  404: 'Gemini does not know this model, or does not serve it in this location',
  429: 'Gemini’s quota for this model is used up for now',
};

/** A failure that the answer itself shows. `reason` goes to the log and must hold no text of anybody's. */
export function failed(reason: string, usage = NO_USAGE): Failed {
  return {
    outcome: 'failed',
    error: unavailable('Gemini gave no complete answer'),
    reason,
    ...usage,
  };
}

/** No text came in time, or the stream fell silent. */
export function timedOut(waitedMs: number): Failed {
  return {
    outcome: 'failed',
    error: new AppError('model_timeout', `Gemini was silent for ${Math.ceil(waitedMs / 1000)} seconds`),
    reason: `silent for ${waitedMs} ms`,
    ...NO_USAGE,
  };
}

/** A failed call: Google's status where there was one, and the pause after which asking again is safe and may help. */
export type CallFailure = Failed & { status: number | undefined; retryAfterMs: number | undefined };

/**
 * Classifies what the SDK threw. Its errors' messages hold parts of bodies, thus of answers: they are read here
 * and go no further.
 */
export function failureOf(thrown: unknown): CallFailure {
  const { status, canonical, retryAfterMs: askedMs, code } = readGoogleError(thrown);
  if (status === undefined) return withoutStatus(thrown, code);
  const reason = `HTTP ${status}${canonical ? ` ${canonical}` : ''}`;
  const error =
    status === 504
      ? new AppError('model_timeout', 'Gemini did not finish within its own time limit')
      : unavailable(EXPLAINED[status] ?? 'Gemini is down or overloaded', secondsOf(askedMs));
  const retryAfterMs = status === 503 ? OVERLOADED_PAUSE_MS : undefined;
  return { ...failed(reason), error, status, retryAfterMs };
}

/** Google's delay in whole seconds; one of nothing or of hours is no help to anybody. */
function secondsOf(askedMs: number | undefined): number | undefined {
  return askedMs ? Math.min(Math.ceil(askedMs / 1000), LONGEST_RETRY_AFTER_SECONDS) : undefined;
}

function withoutStatus(thrown: unknown, code = 'unknown'): CallFailure {
  // Refused, reset or closed before the head of a response: the system's code is the cause.
  if (thrown instanceof Error && thrown.message.includes('fetch failed')) {
    const error = unavailable('Gemini can’t be reached');
    const reason = `no connection (${code})`;
    return { ...failed(reason), error, status: undefined, retryAfterMs: RECONNECT_PAUSE_MS };
  }
  const final = { status: undefined, retryAfterMs: undefined };
  // Google's auth library, before any request is made.
  if (thrown instanceof Error && thrown.message.includes('default credentials')) {
    return { ...failed('no Google credentials were found'), error: unavailable(BAD_CREDENTIALS), ...final };
  }
  const kind = thrown instanceof Error ? thrown.name : typeof thrown;
  return { ...failed(`the response could not be read (${kind})`), ...final };
}

function unavailable(message: string, retryAfterSeconds = RETRY_AFTER_SECONDS): AppError {
  return new AppError('model_unavailable', message, { retryAfterSeconds });
}
