import type { ErrorRequestHandler, Response } from 'express';
import { ZodError } from 'zod';
import { AppError, ERRORS, type FieldProblem, isAppError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { isDatabaseDown } from '../postgres/errors.ts';

const REQUEST_PARTS = new Set(['params', 'query', 'headers', 'body']);

/** The error object of the envelope, as plain answers and `event: error` carry it. */
export function errorBody(error: AppError): { code: string; message: string; details?: unknown } {
  const message = `${error.message.replace(/\.$/, '')}. ${ERRORS[error.code].advice}`;
  return { code: error.code, message, ...(error.details ? { details: error.details } : {}) };
}

/** Answers with the envelope of a failure; closes the connection when the head is already out. */
export function sendFailure(response: Response, error: AppError): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (error.retryAfterSeconds !== undefined) response.set('Retry-After', String(error.retryAfterSeconds));
  if (error.code === 'unauthorized') response.set('WWW-Authenticate', 'Bearer realm="thumbwheel"');
  response.status(ERRORS[error.code].status).json({ ok: false, error: errorBody(error) });
}

/** The last handler: whatever was thrown becomes an error of the table. */
export function failureHandler(log: Log): ErrorRequestHandler {
  return (thrown: unknown, request, response, _next) => {
    const error = toAppError(thrown);
    if (error.code === 'internal') {
      log.error(
        { event: 'http.failed', method: request.method, route: request.route?.path, err: thrown },
        'A request failed unexpectedly',
      );
    }
    sendFailure(response, error);
  };
}

/** Classifies anything thrown; unknown things become `internal` and tell nothing of the inside. */
export function toAppError(thrown: unknown): AppError {
  if (isAppError(thrown)) return thrown;
  if (thrown instanceof ZodError) return invalidInput(fieldProblems(thrown));
  if (isDatabaseDown(thrown)) {
    return new AppError('database_unavailable', 'The database can’t be reached', {
      retryAfterSeconds: 5,
      cause: thrown,
    });
  }
  return (
    fromBodyParser(thrown) ??
    new AppError('internal', 'Something went wrong inside Thumbwheel', { cause: thrown })
  );
}

export function invalidInput(details: FieldProblem[]): AppError {
  const [first] = details;
  return new AppError(
    'invalid_input',
    first ? `${first.field}: ${first.message}` : 'The request is not valid',
    { details },
  );
}

function fieldProblems(error: ZodError): FieldProblem[] {
  return error.issues.flatMap((issue) => {
    const [part, ...rest] = issue.path.map(String);
    const path = part !== undefined && REQUEST_PARTS.has(part) ? rest : issue.path.map(String);
    const unknown = issue.code === 'unrecognized_keys' ? issue.keys : [];
    if (unknown.length > 0)
      return unknown.map((key) => ({ field: [...path, key].join('.'), message: 'is not a known field' }));
    return [{ field: path.join('.') || part || 'body', message: spoken(issue) }];
  });
}

/** Zod's own words for a wrong type are a programmer's. */
function spoken(issue: ZodError['issues'][number]): string {
  if (issue.code !== 'invalid_type') return issue.message;
  return issue.message.endsWith('received undefined')
    ? `is missing: a ${issue.expected}`
    : `is not a ${issue.expected}`;
}

/** Errors of Express and its body parser carry `type` and `status`. */
function fromBodyParser(thrown: unknown): AppError | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const status = 'status' in thrown ? thrown.status : undefined;
  const type = 'type' in thrown ? thrown.type : undefined;
  if (status === 413) return new AppError('payload_too_large', 'The body is larger than 256 KiB');
  if (status === 415)
    return new AppError('unsupported_media_type', 'The body’s encoding or charset is not supported');
  if (thrown instanceof URIError || thrown.message.startsWith('Failed to decode param')) {
    return invalidInput([{ field: 'path', message: 'contains a % escape that is not UTF-8' }]);
  }
  if (type === 'entity.parse.failed') return invalidInput([{ field: 'body', message: 'is not valid JSON' }]);
  if (type === 'entity.verify.failed')
    return invalidInput([{ field: 'body', message: 'is not valid UTF-8' }]);
  if (status === 400) return invalidInput([{ field: 'body', message: 'could not be read' }]);
  return undefined;
}
