import { type JsonReply, jsonReply } from './reply.ts';

/** Google's canonical names with the HTTP status each is sent as (google.rpc.Code). */
export const canonicalStatuses = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ABORTED: 409,
  ALREADY_EXISTS: 409,
  RESOURCE_EXHAUSTED: 429,
  CANCELLED: 499,
  INTERNAL: 500,
  UNIMPLEMENTED: 501,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
} as const;

export type Canonical = keyof typeof canonicalStatuses;

/** A refusal in the shape of Google's API errors: `{error: {code, message, status, details?}}`. */
export class ApiFault extends Error {
  override readonly name = 'ApiFault';
  readonly canonical: Canonical;
  readonly details: readonly object[];

  constructor(canonical: Canonical, message: string, details: readonly object[] = []) {
    super(message);
    this.canonical = canonical;
    this.details = details;
  }
}

/** A refusal in the shape of Cloud Storage's JSON API, which has `errors[]` instead of `status`. */
export class StorageFault extends Error {
  override readonly name = 'StorageFault';
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

export interface FieldViolation {
  readonly field: string;
  readonly description: string;
}

/** 400 INVALID_ARGUMENT; with violations a google.rpc.BadRequest detail is attached. */
export function invalidArgument(message: string, violations: readonly FieldViolation[] = []): ApiFault {
  const details =
    violations.length === 0
      ? []
      : [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: violations }];
  return new ApiFault('INVALID_ARGUMENT', message, details);
}

export function notFound(message: string): ApiFault {
  return new ApiFault('NOT_FOUND', message);
}

export function apiErrorBody(canonical: Canonical, message: string, details: readonly object[] = []): object {
  return {
    error: {
      code: canonicalStatuses[canonical],
      message,
      status: canonical,
      ...(details.length > 0 ? { details } : {}),
    },
  };
}

export function storageErrorReply(status: number, reason: string, message: string): JsonReply {
  return jsonReply(
    { error: { code: status, message, errors: [{ message, domain: 'global', reason }] } },
    { status },
  );
}

/** Any thrown value as the reply Google would send; what is not a refusal becomes 500 INTERNAL. */
export function errorReply(error: unknown): JsonReply {
  if (error instanceof StorageFault) return storageErrorReply(error.status, error.reason, error.message);
  if (error instanceof ApiFault) {
    return jsonReply(apiErrorBody(error.canonical, error.message, error.details), {
      status: canonicalStatuses[error.canonical],
    });
  }
  return jsonReply(apiErrorBody('INTERNAL', 'Internal error encountered.'), { status: 500 });
}
