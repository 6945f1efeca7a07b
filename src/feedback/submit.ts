import type { ContextStore, RequestContext } from '../assistant/context.ts';
import { AppError, isAppError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { MetricsRecorder } from '../metrics/recorder.ts';
import type { CountedThumb, FeedbackStore } from './store.ts';
import { decideThumb, looksLikeRequestId, type Thumb } from './thumb.ts';

export interface FeedbackOptions {
  store: FeedbackStore;
  contexts: ContextStore;
  metrics: Pick<MetricsRecorder, 'thumb'>;
  /** How long an answer waits for its thumb. */
  contextTtlMs: number;
  log: Log;
}

/** `stored` is the first thumb of an answer; `changed` and `same` found an earlier one. */
export interface ThumbResult {
  outcome: 'stored' | 'changed' | 'same';
  isPositive: boolean;
}

export interface Feedback {
  /**
   * Stores, changes or repeats a thumb; when it answers, the thumb is committed.
   * @throws AppError `context_expired`, `already_exported`, `contexts_unavailable`; the database's own error
   *   when it is down, with the answer's time started anew, so that sending the thumb again works.
   */
  submitFeedback: (requestId: string, thumb: Thumb) => Promise<ThumbResult>;
  /**
   * Takes a thumb back for good; a second time is `same`.
   * @throws AppError `not_found` when the answer has no thumb; one that still waits keeps its context.
   */
  withdraw: (requestId: string) => Promise<ThumbResult>;
}

/** The way of a thumb: from the answer that waits for it into one row, once. */
export function createFeedback(options: FeedbackOptions): Feedback {
  return {
    submitFeedback: (requestId, thumb) => submitFeedback(options, requestId, thumb),
    withdraw: (requestId) => withdraw(options, requestId),
  };
}

async function submitFeedback(
  options: FeedbackOptions,
  requestId: string,
  thumb: Thumb,
): Promise<ThumbResult> {
  const waiting = await findContext(options, requestId);
  try {
    const stored = waiting.context && (await storeFirst(options, waiting.context, thumb));
    const result = stored ?? (await changeEarlier(options, requestId, { thumb, waiting }));
    if (waiting.context) await forget(options, requestId);
    return result;
  } catch (error) {
    if (waiting.context && !isAppError(error)) await options.contexts.renew(requestId).catch(ignore);
    throw error;
  }
}

interface Waiting {
  context: RequestContext | undefined;
  /** Why it isn't known whether the answer waits. */
  failure?: unknown;
}

async function findContext(
  { contexts, contextTtlMs, log }: FeedbackOptions,
  requestId: string,
): Promise<Waiting> {
  const request = requestId.slice(0, 8);
  if (!looksLikeRequestId(requestId)) {
    log.info({ event: 'feedback_context.miss', request }, 'A thumb came with an id of another shape');
    throw expired(contextTtlMs);
  }
  try {
    const context = await contexts.get(requestId);
    if (context) log.info({ event: 'feedback_context.hit', request }, 'A thumb found its answer');
    return { context };
  } catch (failure) {
    // An answer that was rated before has a row, and needs no context.
    return { context: undefined, failure };
  }
}

/** Answers undefined when the answer has a row already: a second thumb came at the same time, or a retry. */
async function storeFirst(
  options: FeedbackOptions,
  context: RequestContext,
  thumb: Thumb,
): Promise<ThumbResult | undefined> {
  const gate = await gateOf(options, context);
  const contextExpiresAt = new Date(expiryOf(context, options.contextTtlMs));
  const feedbackAt = await options.store
    .insert({ context, thumb, gate, contextExpiresAt })
    .catch(async (error: unknown) => {
      await notFirstAfterAll(options, gate, context);
      throw error;
    });
  if (!feedbackAt) return undefined;
  countThumb(options, { ...context, feedbackAt, ...counts(thumb.isPositive, 1) });
  return { outcome: 'stored', isPositive: thumb.isPositive };
}

/** A thumb that comes after its answer's time found a context that had been renewed. */
function expiryOf({ timestamp }: RequestContext, ttlMs: number): number {
  const first = timestamp + ttlMs;
  return first > Date.now() ? first : Date.now() + ttlMs;
}

/** Only a key's first thumb in a stage counts for the gate; where that can't be told, the thumb stays out. */
async function gateOf(
  { contexts }: FeedbackOptions,
  { gate, assignmentHash }: RequestContext,
): Promise<RequestContext['gate']> {
  if (!gate || assignmentHash === undefined) return gate;
  const isFirst = await contexts.isFirstThumb(gate, assignmentHash).catch(() => false);
  return isFirst ? gate : undefined;
}

/** The thumb could not be stored: sent again, it is its key's first once more. */
async function notFirstAfterAll(
  { contexts }: FeedbackOptions,
  gate: RequestContext['gate'],
  { assignmentHash }: RequestContext,
): Promise<void> {
  if (gate && assignmentHash !== undefined) await contexts.forgetFirstThumb(gate, assignmentHash);
}

async function changeEarlier(
  options: FeedbackOptions,
  requestId: string,
  { thumb, waiting }: { thumb: Thumb; waiting: Waiting },
): Promise<ThumbResult> {
  const earlier = await options.store.find(requestId);
  if (!earlier && waiting.failure) throw waiting.failure;
  const decision = decideThumb(thumb, earlier);
  if (!earlier || decision === 'expired') {
    const request = requestId.slice(0, 8);
    options.log.info(
      { event: 'feedback_context.miss', request },
      'A thumb found neither its answer nor its row',
    );
    throw expired(options.contextTtlMs);
  }
  if (decision === 'already_exported') {
    throw new AppError('already_exported', 'This thumb was exported, so it can’t be turned any more');
  }
  if (decision === 'same') return { outcome: 'same', isPositive: thumb.isPositive };
  const done = await options.store.change(requestId, earlier, thumb);
  if (done === 'moved') return changeEarlier(options, requestId, { thumb, waiting });
  countTurn(options, earlier, thumb);
  return { outcome: 'changed', isPositive: thumb.isPositive };
}

function countTurn(options: FeedbackOptions, earlier: CountedThumb, thumb: Thumb): void {
  if (earlier.isPositive === thumb.isPositive) return;
  const sign = thumb.isPositive ? 1 : -1;
  countThumb(options, { ...earlier, positives: sign, negatives: -sign });
}

async function withdraw(options: FeedbackOptions, requestId: string): Promise<ThumbResult> {
  const earlier = looksLikeRequestId(requestId) ? await options.store.find(requestId) : undefined;
  if (!earlier) throw new AppError('not_found', 'No thumb is stored under this request id');
  const withdrawn = await options.store.withdraw(requestId);
  await forget(options, requestId);
  if (!withdrawn) return { outcome: 'same', isPositive: earlier.isPositive };
  // It may have been turned since it was looked at.
  const { isPositive } = withdrawn;
  countThumb(options, { ...earlier, ...counts(isPositive, -1) });
  return { outcome: 'changed', isPositive };
}

/** A context that can't be removed now expires by itself, and its row keeps it from counting twice. */
async function forget({ contexts }: FeedbackOptions, requestId: string): Promise<void> {
  await contexts.delete(requestId).catch(ignore);
}

function counts(isPositive: boolean, sign: 1 | -1): { positives: number; negatives: number } {
  return isPositive ? { positives: sign, negatives: 0 } : { positives: 0, negatives: sign };
}

type Counted = Pick<CountedThumb, 'modelVersion' | 'requestType' | 'feedbackAt'>;

function countThumb(
  { metrics }: FeedbackOptions,
  { modelVersion, requestType, feedbackAt, positives, negatives }: Counted & ReturnType<typeof counts>,
): void {
  metrics.thumb({ modelVersion, requestType, at: feedbackAt, positives, negatives });
}

function ignore(): void {}

function expired(contextTtlMs: number): AppError {
  return new AppError(
    'context_expired',
    `No answer waits under this id: expired after ${inWords(contextTtlMs)}, or not an id this system gave`,
  );
}

function inWords(ms: number): string {
  const [amount, unit] = ms % 60_000 === 0 ? [ms / 60_000, 'minute'] : [ms / 1000, 'second'];
  return `${amount} ${unit}${amount === 1 ? '' : 's'}`;
}
