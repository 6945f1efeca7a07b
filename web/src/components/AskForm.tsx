import { type KeyboardEvent, type RefObject, type SubmitEvent, useState } from 'react';
import type { AskInput, RequestType } from '../api/ai.ts';
import { hintLevels, languages, modes } from '../modes.ts';
import { SendIcon } from './icons.tsx';
import { RadioRow } from './RadioRow.tsx';

type AskFormProps = {
  initial: AskInput;
  loading: boolean;
  onAsk: (type: RequestType, input: AskInput) => void;
  sendRef: RefObject<HTMLButtonElement | null>;
};

const modeOptions = modes.map(({ type, label }) => ({ value: type, label }));
const levelOptions = hintLevels.map(({ level, label }) => ({ value: level as number, label }));
const sendKey = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl';

/** The question: mode, language, code, what to look at. Keeps what was typed whatever becomes of the answer. */
export function AskForm({ initial, loading, onAsk, sendRef }: AskFormProps) {
  const [type, setType] = useState<RequestType>('explain');
  const [level, setLevel] = useState(initial.level ?? 1);
  const [language, setLanguage] = useState(initial.language ?? '');
  const [code, setCode] = useState(initial.code);
  const [question, setQuestion] = useState(initial.question ?? '');

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (loading) return;
    onAsk(type, {
      code,
      ...(language && { language }),
      ...(question.trim() && { question }),
      ...(type === 'hint' && { level }),
    });
  };
  const submitByKeyboard = (event: KeyboardEvent<HTMLFormElement>) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    event.currentTarget.requestSubmit();
  };

  return (
    <form className="card ask" onSubmit={submit} onKeyDown={submitByKeyboard}>
      <h2 className="visually-hidden">Your question</h2>
      <RadioRow
        legend="What do you need?"
        name="mode"
        options={modeOptions}
        value={type}
        onChange={setType}
      />
      <p className="ask-promise">{modes.find((mode) => mode.type === type)?.promise}</p>
      {type === 'hint' && (
        <RadioRow
          legend="How big a hint?"
          name="level"
          options={levelOptions}
          value={level}
          onChange={setLevel}
        />
      )}
      <div className="ask-code-header">
        <label htmlFor="code">Code</label>
        <label className="ask-language">
          <span>Language</span>
          <select value={language} onChange={(event) => setLanguage(event.target.value)}>
            {languages.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </div>
      <textarea
        id="code"
        className="ask-code"
        value={code}
        onChange={(event) => setCode(event.target.value)}
        required
        rows={12}
        wrap="off"
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
      />
      <label htmlFor="question">
        Question <span className="optional">(optional)</span>
      </label>
      <textarea
        id="question"
        value={question}
        onChange={(event) => setQuestion(event.target.value)}
        rows={2}
      />
      <div className="ask-actions">
        <button type="submit" className="button button-primary" aria-disabled={loading} ref={sendRef}>
          <SendIcon />
          Send
        </button>
        <span className="ask-keys">
          <kbd>{sendKey}</kbd> + <kbd>Enter</kbd>
        </span>
      </div>
    </form>
  );
}
