import type { RefObject } from 'react';
import type { Ai } from '../hooks/useAi.ts';
import { CopyButton } from './CopyButton.tsx';
import { StopIcon } from './icons.tsx';
import { Markdown } from './Markdown.tsx';
import { Thumbs } from './Thumbs.tsx';

type AnswerCardProps = {
  ai: Ai;
  /** What was asked, in words: "Hint". */
  title: string;
  onRetry: () => void;
  onStop: () => void;
  onStatus: (message: string) => void;
  cardRef: RefObject<HTMLElement | null>;
};

/** One answer: growing, then complete with its thumbs, or stopped, or broken off with what arrived. */
export function AnswerCard({ ai, title, onRetry, onStop, onStatus, cardRef }: AnswerCardProps) {
  return (
    <section className="card answer" aria-labelledby="answer-title" aria-busy={ai.loading} ref={cardRef}>
      <header className="answer-header">
        <h2 id="answer-title" tabIndex={-1}>
          {title}
        </h2>
        {ai.loading && (
          <button type="button" className="button" onClick={onStop}>
            <StopIcon />
            Stop
          </button>
        )}
        {ai.answer && <CopyButton text={ai.text} label="Copy answer" />}
        <p className="answer-source">{sourceOf(ai)}</p>
      </header>
      {ai.loading && <div className="progress" />}
      {ai.error && (
        <div className="failure">
          <p>{ai.error}</p>
          {ai.retryable && (
            <button type="button" className="button" onClick={onRetry}>
              Try again
            </button>
          )}
        </div>
      )}
      {ai.text && <Markdown source={ai.text} />}
      {ai.stopped && <p className="answer-note">Stopped. An unfinished answer can’t be rated.</p>}
      {ai.answer?.truncated && (
        <p className="answer-note">The model reached its length limit: this answer is cut.</p>
      )}
      {ai.answer && ai.requestId && !ai.error && (
        <Thumbs key={ai.requestId} requestId={ai.requestId} onStatus={onStatus} />
      )}
    </section>
  );
}

function sourceOf({ answer, loading, text }: Ai): string {
  if (answer) return `by ${answer.model_version}`;
  if (!loading) return '';
  return text ? 'Writing…' : 'Thinking…';
}

/** What stands in the answer's place before the first one: what a thumb sets in motion. */
export function AnswerPlaceholder() {
  return (
    <section className="card answer-placeholder" aria-labelledby="answer-title">
      <h2 id="answer-title">The answer appears here</h2>
      <p>Rate it, and your thumb travels on:</p>
      <ol className="loop">
        <li>
          <strong>Collected.</strong> Answers marked helpful become training examples.
        </li>
        <li>
          <strong>Tuned.</strong> When there are enough, Gemini is fine-tuned on them.
        </li>
        <li>
          <strong>Proven.</strong> The tuned model answers a small share of the questions first, and all of
          them only once people rate it better. If they rate it worse, it goes.
        </li>
      </ol>
    </section>
  );
}
