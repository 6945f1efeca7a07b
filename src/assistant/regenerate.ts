import { AppError } from '../errors.ts';
import type { ContextStore } from './context.ts';
import { isRequestId } from './request-id.ts';
import type { RequestType } from './request-types.ts';

/** What a stored row still knows of its answer. */
export interface RatedAnswer {
  requestType: RequestType;
  prompt: string;
  segment: string | null;
  promptVersion: string | null;
  contextExpiresAt: Date | null;
  /** Its thumb was taken back. */
  deleted: boolean;
}

export interface FindOriginalOptions {
  contexts: Pick<ContextStore, 'get'>;
  /** The row of a rated answer, whose context is gone. */
  findRated: (requestId: string) => Promise<RatedAnswer | undefined>;
  /** For the message. */
  contextTtlMs: number;
}

export interface Original {
  requestType: RequestType;
  prompt: string;
  promptVersion: string;
  segment: string | undefined;
}

/**
 * Makes the search for the answer that a second one is wanted to: in its context, or in its row for as long as the
 * context would have lived.
 * The search throws AppError `context_expired` when there is none, `contexts_unavailable` when that can't be told.
 */
export function createFindOriginal({ contexts, findRated, contextTtlMs }: FindOriginalOptions) {
  async function fromRow(requestId: string): Promise<Original | undefined> {
    const row = await findRated(requestId);
    if (!row || row.deleted || (row.contextExpiresAt?.getTime() ?? 0) <= Date.now()) return undefined;
    const { requestType, prompt, promptVersion, segment } = row;
    return { requestType, prompt, promptVersion: promptVersion ?? '', segment: segment ?? undefined };
  }

  return async (requestId: string): Promise<Original> => {
    if (!isRequestId(requestId)) throw expired(contextTtlMs);
    let failure: unknown;
    const context = await contexts.get(requestId).catch((error: unknown) => {
      failure = error;
      return undefined;
    });
    const original = context ?? (await fromRow(requestId));
    if (original) return original;
    throw failure ?? expired(contextTtlMs);
  };
}

function expired(contextTtlMs: number): AppError {
  const minutes = Math.round(contextTtlMs / 60_000);
  const life = minutes >= 1 ? `${minutes} minutes` : `${Math.ceil(contextTtlMs / 1000)} seconds`;
  return new AppError(
    'context_expired',
    `The answer expired after ${life}, was taken back, or is not an id this system gave`,
  );
}
