import { Lexer, type Token, type TokensList } from 'marked';
import { memo } from 'react';
import { inOrder } from './in-order.ts';
import { MarkdownBlock } from './MarkdownBlock.tsx';
import { headingLevels } from './markdown-text.ts';

/** Longer answers are shown as they are, since a page that parses them again at each frame would freeze. */
const longestParsedLength = 256 * 1024;

/**
 * A model's answer as React elements. The answer is untrusted, since pasted code can steer the model: no HTML
 * string is ever made of it, raw HTML is shown as text, images are never loaded, links are filtered.
 */
export function Markdown({ source }: { source: string }) {
  const blocks = parse(source);
  if (!blocks) return <pre className="markdown-plain">{source}</pre>;
  const levels = headingLevels(blocks);
  const references = Object.keys(blocks.links).length;
  return (
    <div className="markdown">
      {inOrder(blocks, (token, index) => (
        <Block token={token} headingLevel={levels[index] ?? 3} references={references} />
      ))}
    </div>
  );
}

type BlockProps = { token: Token; headingLevel: number; references: number };

/** Finished blocks keep their elements while the text below them grows. */
const Block = memo(
  ({ token, headingLevel }: BlockProps) => (
    <MarkdownBlock token={token} headingLevel={headingLevel} depth={0} />
  ),
  (before, after) =>
    before.token.raw === after.token.raw &&
    before.headingLevel === after.headingLevel &&
    before.references === after.references,
);

/** Null when the text is too long, or nested so deeply that the parser gives up. */
function parse(source: string): TokensList | null {
  if (source.length > longestParsedLength) return null;
  try {
    return Lexer.lex(source);
  } catch {
    return null;
  }
}
