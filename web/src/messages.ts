import type { ApiError } from './api/api-error.ts';

/** What a person is told when asking failed, and whether sending the same again can help. */
export type AskFailure = { message: string; retryable: boolean };

/** The words for a failed question; the code in the box is never lost, and says so where it matters. */
export function describeAskFailure(error: ApiError): AskFailure {
  if (error.code === 'blocked') {
    return {
      message: 'The model declined this request. Rephrase it, or try another mode.',
      retryable: false,
    };
  }
  if (error.status === 200) return { message: brokenAnswer(error), retryable: true };
  if (error.status === 0) {
    return {
      message:
        'Thumbwheel can’t be reached. Check your connection, or whether it still runs. Your code is still here.',
      retryable: true,
    };
  }
  if (error.status === 503 || error.status === 504) {
    return {
      message: 'The model is not answering right now. Your code is still here; nothing was stored.',
      retryable: true,
    };
  }
  if (error.status === 429) return { message: tooMany(error), retryable: true };
  if (error.status === 413) {
    return { message: 'That is too long to send (256 KiB at most). Cut the code down.', retryable: false };
  }
  if (error.status === 400) return { message: refusedFields(error), retryable: false };
  return { message: `${error.message} Your code is still here. (${error.code})`, retryable: true };
}

/** The words for a thumb that was not stored and may be sent again. */
export function describeUnsavedThumb(error: ApiError): string {
  return error.status === 429 ? `Not saved. ${tooMany(error)}` : 'Not saved.';
}

function brokenAnswer(error: ApiError): string {
  return error.code === 'unreadable_answer' ? error.message : 'The answer broke off. What arrived is below.';
}

function tooMany(error: ApiError): string {
  return error.retryAfterS === undefined
    ? 'Too many requests. Wait a little.'
    : `Too many requests. Try again in ${error.retryAfterS} s.`;
}

function refusedFields(error: ApiError): string {
  if (error.fields.length === 0) return error.message;
  return error.fields.map(({ field, message }) => `${field}: ${message}`).join(' ');
}
