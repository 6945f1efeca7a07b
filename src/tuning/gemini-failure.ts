import { z } from 'zod';
import { TunerError, type TunerErrorKind } from './tuner.ts';

const body = z.object({
  error: z.object({
    message: z.string().optional(),
    status: z.string().optional(),
    details: z.array(z.record(z.string(), z.unknown())).optional(),
  }),
});
type Body = z.infer<typeof body>['error'];

/**
 * What the SDK throws, as one of three kinds. Its ApiError carries the answer's body as JSON text; a timeout is a
 * DOMException, a refused connection `TypeError: fetch failed`, a broken body a SyntaxError, all without a status.
 */
export function tunerError(doing: string, thrown: unknown): TunerError {
  const status = statusOf(thrown);
  const answer = bodyOf(thrown);
  const kind = kindOf(status, answer);
  const said = answer?.message ?? (thrown instanceof Error ? describe(thrown) : String(thrown));
  const prefix = status === undefined ? 'Google could not be reached' : `Google answered ${status}`;
  const retryAfterMs = retryDelayMs(answer);
  return new TunerError(kind, `${doing}: ${prefix}: ${said}`, {
    cause: thrown,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** HTTP status of an ApiError; undefined where no answer came or it could not be read. */
export function statusOf(thrown: unknown): number | undefined {
  return thrown instanceof Error && 'status' in thrown && typeof thrown.status === 'number'
    ? thrown.status
    : undefined;
}

function kindOf(status: number | undefined, answer: Body | undefined): TunerErrorKind {
  if (status === undefined || status >= 500 || status === 408) return 'unclear';
  if (status === 429 || answer?.status === 'RESOURCE_EXHAUSTED') return 'busy';
  // A full quota has been seen as a failed precondition too.
  if (answer?.status === 'FAILED_PRECONDITION' && /quota/i.test(answer.message ?? '')) return 'busy';
  return 'refused';
}

function bodyOf(thrown: unknown): Body | undefined {
  if (!(thrown instanceof Error)) return undefined;
  try {
    return body.parse(JSON.parse(thrown.message.replace(/^got status: \w+\. /, ''))).error;
  } catch {
    return undefined;
  }
}

/** `"7.5s"` of google.rpc.RetryInfo; the header Retry-After does not reach us. */
function retryDelayMs(answer: Body | undefined): number | undefined {
  const info = answer?.details?.find((detail) => String(detail['@type']).endsWith('RetryInfo'));
  const seconds = Number.parseFloat(String(info?.retryDelay));
  return Number.isFinite(seconds) ? Math.ceil(seconds * 1000) : undefined;
}

function describe(error: Error): string {
  const code = error.cause instanceof Error && 'code' in error.cause ? ` (${error.cause.code})` : '';
  return error.name === 'AbortError' ? 'no answer in time' : `${error.message}${code}`;
}
