import { useCallback, useEffect, useRef, useState } from 'react';
import { type AnswerInfo, type AskInput, askAI, type RequestType } from '../api/ai.ts';
import { ApiError } from '../api/api-error.ts';
import { describeAskFailure } from '../messages.ts';
import { createFrameText } from './frame-text.ts';

/** One mode of the assistant: what it was asked last, and how far the answer has come. */
export type Ai = {
  /** Asks; a question that is still running is given up. Resolves when answer, failure or stop is shown; never rejects. */
  run: (input: AskInput) => Promise<void>;
  /** Gives the running question up; what came so far stays, but can't be rated. */
  stop: () => void;
  loading: boolean;
  /** The answer in Markdown, growing while `loading`. */
  text: string;
  /** What went wrong, in words for a person. */
  error: string | null;
  /** Whether sending the same again can help. */
  retryable: boolean;
  /** What a thumb refers to; null until the answer is complete. */
  requestId: string | null;
  /** The complete answer as the server sent it. */
  answer: AnswerInfo | null;
  stopped: boolean;
  setText: (text: string) => void;
  setError: (error: string | null) => void;
};

type Progress = Pick<Ai, 'loading' | 'error' | 'retryable' | 'answer' | 'stopped'>;

const idle: Progress = { loading: false, error: null, retryable: false, answer: null, stopped: false };

/** Explains what code does. */
export const useExplain = (): Ai => useAi('explain');
/** Gives a hint, from a nudge (level 1) to nearly the solution (level 3). */
export const useHint = (): Ai => useAi('hint');
/** Proposes tests. */
export const useTests = (): Ai => useAi('tests');
/** Says what could be cleaner. */
export const useRefactorTips = (): Ai => useAi('refactor_tips');

function useAi(requestType: RequestType): Ai {
  const [text, setText] = useState('');
  const [progress, setProgress] = useState(idle);
  const running = useRef<AbortController>(undefined);

  const stop = useCallback(() => running.current?.abort(), []);
  useEffect(() => stop, [stop]);

  const run = useCallback(
    async (input: AskInput) => {
      running.current?.abort();
      const controller = new AbortController();
      running.current = controller;
      const { signal } = controller;
      const stream = createFrameText((shown) => {
        if (running.current === controller) setText(shown);
      });
      setText('');
      setProgress({ ...idle, loading: true });
      const ending = await askAI({ requestType, input, signal, onDelta: stream.append })
        .then((answer): Ending => ({ ...idle, answer }))
        .catch((error: unknown) => endWithoutAnswer(error, signal));
      stream.flush();
      if (running.current !== controller) return;
      if (ending.answer) setText(ending.answer.text);
      if (ending.withheld) setText('');
      setProgress(ending);
    },
    [requestType],
  );

  const setError = useCallback((error: string | null) => {
    setProgress((before) => ({ ...before, error, retryable: false }));
  }, []);

  return { run, stop, text, setText, setError, requestId: progress.answer?.request_id ?? null, ...progress };
}

type Ending = Progress & { withheld?: boolean };

function endWithoutAnswer(error: unknown, signal: AbortSignal): Ending {
  if (signal.aborted) return { ...idle, stopped: true };
  const failure = error instanceof ApiError ? error : unexpected(error);
  const { message, retryable } = describeAskFailure(failure);
  return { ...idle, error: message, retryable, withheld: failure.code === 'blocked' };
}

/** A fault of this page's own: shown like any other, and left in the console for whoever mends it. */
function unexpected(error: unknown): ApiError {
  reportError(error);
  return new ApiError({
    code: 'page_fault',
    message: 'Something went wrong in this page. Reload it.',
    status: -1,
  });
}
