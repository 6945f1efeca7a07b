import { useCallback, useState } from 'react';
import { submitAIFeedback } from '../api/ai.ts';
import { ApiError } from '../api/api-error.ts';
import { describeUnsavedThumb } from '../messages.ts';

export type Thumb = 'up' | 'down';

/**
 * The thumb under one answer. `open`: may be pressed; `saving`: on its way; `stored`: committed, both
 * disabled; `unsaved`: failed, may be sent again; `expired` and `exported`: no thumb is taken any more.
 */
export type Vote = {
  phase: 'open' | 'saving' | 'stored' | 'unsaved' | 'expired' | 'exported';
  /** What is shown as pressed. */
  thumb: Thumb | null;
  /** What the server has. */
  storedThumb: Thumb | null;
  /** What Retry sends. */
  wish: Thumb | null;
  message: string;
};

const none: Vote = { phase: 'open', thumb: null, storedThumb: null, wish: null, message: '' };

/** Keeps one value (up, down or none) for one answer, shows it at once and takes it back when it was not stored. */
export function useVote(requestId: string): {
  vote: Vote;
  press: (thumb: Thumb) => Promise<void>;
  reopen: () => void;
} {
  const [vote, setVote] = useState(none);

  const press = useCallback(
    async (thumb: Thumb) => {
      setVote((before) => ({ ...before, phase: 'saving', thumb, wish: thumb, message: 'Saving…' }));
      const failure = await submitAIFeedback(requestId, thumb === 'up').catch(asApiError);
      setVote((before) => (failure ? withFailure(before, failure) : stored(thumb)));
    },
    [requestId],
  );

  const reopen = useCallback(() => {
    setVote((before) => ({
      ...before,
      phase: 'open',
      message: 'Press the other thumb to change your rating.',
    }));
  }, []);

  return { vote, press, reopen };
}

function stored(thumb: Thumb): Vote {
  const message = thumb === 'up' ? 'Marked helpful.' : 'Marked not helpful.';
  return { phase: 'stored', thumb, storedThumb: thumb, wish: null, message };
}

function withFailure({ storedThumb, wish }: Vote, error: ApiError): Vote {
  const kept = { thumb: storedThumb, storedThumb, wish };
  if (error.code === 'context_expired') {
    const message = 'This answer is too old to rate. Ask again to rate a fresh one.';
    return { ...kept, phase: 'expired', message };
  }
  if (error.code === 'already_exported') {
    const message = 'Your rating was already used for training data, so it can’t be changed.';
    return { ...kept, phase: 'exported', message };
  }
  return { ...kept, phase: 'unsaved', message: describeUnsavedThumb(error) };
}

function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  throw error;
}
