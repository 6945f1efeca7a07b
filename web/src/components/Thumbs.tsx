import { type FocusEvent, useEffect, useLayoutEffect, useRef } from 'react';
import { flushSync } from 'react-dom';
import { type Thumb, useVote } from '../hooks/useVote.ts';
import { ThumbDownIcon, ThumbUpIcon } from './icons.tsx';

type ThumbsProps = {
  requestId: string;
  /** Is told each new state in words, for the page's one live region. */
  onStatus: (message: string) => void;
};

const choices = [
  { thumb: 'up', name: 'Helpful', Icon: ThumbUpIcon },
  { thumb: 'down', name: 'Not helpful', Icon: ThumbDownIcon },
] as const;

/** The two thumbs under a complete answer. Give it `key={requestId}`: one set of thumbs is one answer's. */
export function Thumbs({ requestId, onStatus }: ThumbsProps) {
  const { vote, press, reopen } = useVote(requestId);
  const { phase, message, wish } = vote;
  const group = useRef<HTMLFieldSetElement>(null);
  const holdsFocus = useRef(false);
  const isClosed = phase === 'expired' || phase === 'exported';
  const isSettled = isClosed || phase === 'stored';

  useEffect(() => {
    if (message) onStatus(message);
  }, [message, onStatus]);

  useLayoutEffect(() => {
    // A disabled button loses the focus: the keyboard goes on beside it instead of at the page's top.
    if (isSettled && holdsFocus.current) focusOn(group.current, '[data-next]');
  }, [isSettled]);

  const pressThumb = (thumb: Thumb) => {
    if (phase === 'saving') return;
    holdsFocus.current = true;
    flushSync(() => void press(thumb));
    focusOn(group.current, '[aria-pressed=true]');
  };
  const noteBlur = ({ relatedTarget, currentTarget }: FocusEvent) => {
    if (relatedTarget && !currentTarget.contains(relatedTarget)) holdsFocus.current = false;
  };
  const changeThumb = () => {
    flushSync(reopen);
    focusOn(group.current, '[aria-pressed=true]');
  };

  return (
    <fieldset className="thumbs" ref={group} onBlur={noteBlur}>
      <legend>Did this answer help?</legend>
      <div className="thumbs-row">
        {choices.map(({ thumb, name, Icon }) => (
          <button
            key={thumb}
            type="button"
            className={`button thumb thumb-${thumb}`}
            aria-pressed={vote.thumb === thumb}
            aria-disabled={phase === 'saving'}
            disabled={isSettled}
            onClick={() => pressThumb(thumb)}
          >
            <Icon />
            {name}
          </button>
        ))}
        {phase === 'stored' && (
          <button type="button" className="button" onClick={changeThumb} data-next>
            Change
          </button>
        )}
        {phase === 'unsaved' && wish && (
          <button type="button" className="button" onClick={() => pressThumb(wish)}>
            Retry
          </button>
        )}
        <p
          className={phase === 'unsaved' ? 'thumbs-bad' : undefined}
          tabIndex={-1}
          data-next={isClosed || undefined}
        >
          {message}
        </p>
      </div>
      <p className="thumbs-note">
        Helpful answers may be used to train the model. Don’t rate answers with secrets in them.
      </p>
    </fieldset>
  );
}

function focusOn(group: HTMLElement | null, selector: string): void {
  group?.querySelector<HTMLElement>(selector)?.focus();
}
