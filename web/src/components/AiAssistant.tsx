import { useEffect, useRef, useState } from 'react';
import type { AskInput, RequestType } from '../api/ai.ts';
import { type Ai, useExplain, useHint, useRefactorTips, useTests } from '../hooks/useAi.ts';
import { hintLevels, modes } from '../modes.ts';
import { AnswerCard, AnswerPlaceholder } from './AnswerCard.tsx';
import { AskForm } from './AskForm.tsx';
import '../styles/assistant.css';

type Asked = { type: RequestType; input: AskInput };

/** Ask about code, see the answer being written, rate it. `initial` fills the form. */
export function AiAssistant({ initial = { code: '' } }: { initial?: AskInput }) {
  const assistants: Record<RequestType, Ai> = {
    explain: useExplain(),
    hint: useHint(),
    tests: useTests(),
    refactor_tips: useRefactorTips(),
  };
  const [asked, setAsked] = useState<Asked>();
  const [status, setStatus] = useState('');
  const send = useRef<HTMLButtonElement>(null);
  const card = useRef<HTMLElement>(null);
  const ai = asked && assistants[asked.type];
  const loading = ai?.loading ?? false;

  useEffect(() => {
    if (loading) bringIntoView(card.current);
  }, [loading]);

  useAnnouncements(ai, setStatus);

  const ask = (type: RequestType, input: AskInput) => {
    setAsked({ type, input });
    void assistants[type].run(input);
  };
  const retry = ({ type, input }: Asked) => {
    ask(type, input);
    card.current?.querySelector('h2')?.focus({ preventScroll: true });
  };
  const stop = () => {
    ai?.stop();
    send.current?.focus({ preventScroll: true });
  };

  return (
    <div className="assistant">
      <AskForm initial={initial} loading={loading} onAsk={ask} sendRef={send} />
      {asked && ai ? (
        <AnswerCard
          ai={ai}
          title={titleOf(asked)}
          onRetry={() => retry(asked)}
          onStop={stop}
          onStatus={setStatus}
          cardRef={card}
        />
      ) : (
        <AnswerPlaceholder />
      )}
      <p className="visually-hidden" role="status">
        {status}
      </p>
    </div>
  );
}

/** Tells the live region how a question ended: once, since a streamed answer read aloud piece by piece is noise. */
function useAnnouncements(ai: Ai | undefined, announce: (message: string) => void): void {
  const { loading = false, error = null, requestId = null, stopped = false } = ai ?? {};
  useEffect(() => {
    if (loading) announce('Waiting for the answer.');
    else if (error) announce(error);
    else if (stopped) announce('Stopped.');
    else if (requestId) announce('Answer ready. You can rate it.');
  }, [loading, error, requestId, stopped, announce]);
}

function titleOf({ type, input }: Asked): string {
  const label = modes.find((mode) => mode.type === type)?.label ?? 'Answer';
  const level = hintLevels.find((hint) => hint.level === input.level);
  return level ? `${label}: ${level.label.toLowerCase()}` : label;
}

/** On a phone the answer stands below the form, where nobody would see it begin. */
function bringIntoView(card: HTMLElement | null): void {
  if (!matchMedia('(max-width: 59.99rem)').matches) return;
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  card?.scrollIntoView({ block: 'start', behavior: still ? 'auto' : 'smooth' });
}
