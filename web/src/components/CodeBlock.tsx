import { CopyButton } from './CopyButton.tsx';
import { inOrder } from './in-order.ts';
import { splitHiddenCharacters } from './markdown-text.ts';

/**
 * A block of code that scrolls sideways by itself. The copy button stands inside the scrolling box, so that
 * the arrow keys scroll it once the button has the focus.
 */
export function CodeBlock({ code, language }: { code: string; language: string }) {
  return (
    <div className="code-block">
      <div className="code-block-header">
        <span>{language || 'code'}</span>
        <CopyButton text={code} label="Copy" />
      </div>
      <pre>
        <code>
          <CodeText code={code} />
        </code>
      </pre>
    </div>
  );
}

/** Code with its invisible characters made visible. */
export function CodeText({ code }: { code: string }) {
  return inOrder(splitHiddenCharacters(code), ({ text, isHidden }) =>
    isHidden ? <mark className="hidden-character">{text}</mark> : text,
  );
}
