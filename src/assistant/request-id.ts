import { randomUUID } from 'node:crypto';

/** The id of one answer. Whoever holds it may rate the answer, so it is 122 random bits. */
export function newRequestId(): string {
  return randomUUID();
}

/** True for an id of the shape that this system gives; anything else need not be looked for anywhere. */
export function isRequestId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}
