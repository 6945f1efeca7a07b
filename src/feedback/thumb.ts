import type { AIFeedback } from './entity.ts';

/** What a person says of one answer. Texts left out leave what is stored. */
export interface Thumb {
  isPositive: boolean;
  comment?: string | undefined;
  /** The answer as the person would have had it. */
  correction?: string | undefined;
}

/** What is stored already under the same request id. */
export type EarlierThumb = Pick<
  AIFeedback,
  'isPositive' | 'comment' | 'correction' | 'deletedAt' | 'exported' | 'batchId'
>;

/**
 * `same`: nothing new. `change`: the stored row takes what is new. `already_exported`: too late to turn.
 * `expired`: no such answer, its time is over, or its thumb was withdrawn.
 */
export type ThumbDecision = 'same' | 'change' | 'already_exported' | 'expired';

/** Decides what a thumb does when its answer waits no longer, or has a thumb already. */
export function decideThumb(thumb: Thumb, earlier: EarlierThumb | undefined): ThumbDecision {
  if (!earlier || earlier.deletedAt) return 'expired';
  if (thumb.isPositive !== earlier.isPositive) return isExported(earlier) ? 'already_exported' : 'change';
  return saysMore(thumb, earlier) ? 'change' : 'same';
}

/** From the claim on, not only once the file is there. */
function isExported(earlier: EarlierThumb): boolean {
  return earlier.exported || earlier.batchId !== null;
}

function saysMore(thumb: Thumb, earlier: EarlierThumb): boolean {
  return differs(thumb.comment, earlier.comment) || differs(thumb.correction, earlier.correction);
}

function differs(given: string | undefined, stored: string | null): boolean {
  return given !== undefined && given !== stored;
}

const REQUEST_ID = /^[\w.:~-]{1,128}$/;

/** Cheap look at an id before anything is asked: no id of this system, nor of the Go service, looks otherwise. */
export function looksLikeRequestId(requestId: string): boolean {
  return REQUEST_ID.test(requestId);
}
