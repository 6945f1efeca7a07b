import { z } from 'zod';

/** What Google's SDK threw. Each part is undefined where it was not there or could not be read. */
export interface GoogleError {
  /** HTTP status of the answer. */
  status: number | undefined;
  /** Name of google.rpc.Code, `RESOURCE_EXHAUSTED`: no free text, so it may be logged. */
  canonical: string | undefined;
  /** Google's own words; they may quote what it was sent. */
  message: string | undefined;
  /** The wait that google.rpc.RetryInfo asks for; the header Retry-After does not reach us. */
  retryAfterMs: number | undefined;
  /** Why there was no connection, `ECONNREFUSED`: the code of the cause, the system's or undici's. */
  code: string | undefined;
}

/** One part that is amiss must not hide the others. */
const ifReadable = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined);

const retryDelay = z.string().regex(/^\d{1,12}(\.\d{1,9})?s$/);
const detail = z.object({ '@type': ifReadable(z.string()), retryDelay: ifReadable(retryDelay) });
const answer = z.object({
  error: z.object({
    status: ifReadable(z.string().regex(/^[A-Z_]{1,40}$/)),
    message: ifReadable(z.string()),
    details: ifReadable(z.array(detail)),
  }),
});

/** ApiError is told by its shape, since a copy of the class may come from elsewhere. */
const sdkError = z.object({
  status: ifReadable(z.number()),
  message: ifReadable(z.string().transform(parseBody).pipe(answer)),
  cause: ifReadable(z.object({ code: z.string().regex(/^\w+$/) })),
});

/** Reads whatever a call through the SDK threw; a lost connection, a timeout and a broken body have no status. */
export function readGoogleError(thrown: unknown): GoogleError {
  const read = sdkError.safeParse(thrown).data;
  const error = read?.message?.error;
  const retryInfo = error?.details?.find((each) => each['@type']?.endsWith('google.rpc.RetryInfo'));
  const delay = retryInfo?.retryDelay;
  return {
    status: read?.status,
    canonical: error?.status,
    message: error?.message,
    retryAfterMs: delay === undefined ? undefined : Math.ceil(Number.parseFloat(delay) * 1000),
    code: read?.cause?.code,
  };
}

/** ApiError's message is the answer's body as JSON; in a stream it stands behind `got status: <NAME>. `. */
function parseBody(message: string): unknown {
  try {
    return JSON.parse(message.replace(/^got status: \w+\. /, ''));
  } catch {
    return undefined;
  }
}
