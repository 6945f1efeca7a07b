import { type GoogleError, readGoogleError } from '../gemini/google-error.ts';
import { TunerError, type TunerErrorKind } from './tuner.ts';

/** What the SDK throws, as one of three kinds, with Google's words where it gave any. */
export function tunerError(doing: string, thrown: unknown): TunerError {
  const error = readGoogleError(thrown);
  const { status, retryAfterMs } = error;
  const said = error.message ?? (thrown instanceof Error ? describe(thrown, error.code) : String(thrown));
  const prefix = status === undefined ? 'Google could not be reached' : `Google answered ${status}`;
  return new TunerError(kindOf(error), `${doing}: ${prefix}: ${said}`, {
    cause: thrown,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function kindOf({ status, canonical, message }: GoogleError): TunerErrorKind {
  if (status === undefined || status >= 500 || status === 408) return 'unclear';
  if (status === 429 || canonical === 'RESOURCE_EXHAUSTED') return 'busy';
  // A full quota has been seen as a failed precondition too.
  if (canonical === 'FAILED_PRECONDITION' && /quota/i.test(message ?? '')) return 'busy';
  return 'refused';
}

function describe({ name, message }: Error, code: string | undefined): string {
  if (name === 'AbortError') return 'no answer in time';
  return code === undefined ? message : `${message} (${code})`;
}
