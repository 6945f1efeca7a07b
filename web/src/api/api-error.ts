/** One field that the server refused, as in the `details` of a 400. */
export type RefusedField = { field: string; message: string };

type Failure = {
  /** The server's error code, or one of this client's: `network`, `stream_cut`, `unreadable_answer`, `page_fault`. */
  code: string;
  message: string;
  /** HTTP status; 0 when no answer came at all, 200 when a stream failed after it had begun, -1 for a fault of the page. */
  status: number;
  retryAfterS?: number | undefined;
  fields?: RefusedField[];
};

/** Any way in which a call to the API fails, except that the caller aborted it. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly retryAfterS: number | undefined;
  readonly fields: RefusedField[];

  constructor(failure: Failure) {
    super(failure.message);
    this.name = 'ApiError';
    this.code = failure.code;
    this.status = failure.status;
    this.retryAfterS = failure.retryAfterS;
    this.fields = failure.fields ?? [];
  }
}

/** Reads a refusal (`{ok: false, error: {code, message, details?}}`) whatever a proxy between may have made of it. */
export async function errorFromResponse(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  const error = isRecord(body) ? body.error : null;
  return errorFromBody({
    error,
    status: response.status,
    retryAfterS: retryAfter(response.headers.get('retry-after')),
  });
}

/** Reads the error object itself, as an `error` event of a stream carries it. */
export function errorFromBody(from: { error: unknown; status: number; retryAfterS?: number | undefined }) {
  const error = isRecord(from.error) ? from.error : {};
  return new ApiError({
    code: typeof error.code === 'string' ? error.code : `http_${from.status}`,
    message: typeof error.message === 'string' ? error.message : `The server answered ${from.status}.`,
    status: from.status,
    retryAfterS: from.retryAfterS,
    fields: Array.isArray(error.details) ? error.details.filter(isRefusedField) : [],
  });
}

/** True for a plain object with string keys; the one check that everything read from outside starts with. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isRefusedField(value: unknown): value is RefusedField {
  return isRecord(value) && typeof value.field === 'string' && typeof value.message === 'string';
}

function retryAfter(header: string | null): number | undefined {
  const seconds = Number.parseInt(header ?? '', 10);
  return seconds > 0 ? seconds : undefined;
}
