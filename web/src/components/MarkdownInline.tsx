import type { MarkedToken, Token, Tokens } from 'marked';
import type { ReactNode } from 'react';
import { CodeText } from './CodeBlock.tsx';
import { inOrder } from './in-order.ts';
import { decodeReferences, safeLink } from './markdown-text.ts';

/** Emphasis nested deeper than this is shown as its source. */
const deepest = 12;

/** The text of a paragraph, heading or cell. */
export function Inline({ tokens, depth = 0 }: { tokens: Token[]; depth?: number }): ReactNode {
  return inOrder(tokens, (token) => <InlineToken token={token} depth={depth + 1} />);
}

function InlineToken({ token, depth }: { token: Token; depth: number }): ReactNode {
  if (depth > deepest || !isKnownInline(token)) return token.raw;
  switch (token.type) {
    case 'text':
      if (token.tokens) return <Inline tokens={token.tokens} depth={depth} />;
      return token.escaped === false ? decodeReferences(token.text) : token.text;
    case 'escape':
      return token.text;
    case 'strong':
      return (
        <strong>
          <Inline tokens={token.tokens} depth={depth} />
        </strong>
      );
    case 'em':
      return (
        <em>
          <Inline tokens={token.tokens} depth={depth} />
        </em>
      );
    case 'del':
      return (
        <del>
          <Inline tokens={token.tokens} depth={depth} />
        </del>
      );
    case 'codespan':
      return (
        <code>
          <CodeText code={token.text} />
        </code>
      );
    case 'br':
      return <br />;
    case 'link':
      return <MarkdownLink link={token} depth={depth} />;
    case 'image':
      return <span className="markdown-source">[image not loaded: {token.text || 'no description'}]</span>;
  }
}

type KnownInline = Extract<
  MarkedToken,
  { type: 'text' | 'escape' | 'strong' | 'em' | 'del' | 'codespan' | 'br' | 'link' | 'image' }
>;

const knownInlines: ReadonlySet<string> = new Set<KnownInline['type']>([
  'text',
  'escape',
  'strong',
  'em',
  'del',
  'codespan',
  'br',
  'link',
  'image',
]);

function isKnownInline(token: Token): token is KnownInline {
  return knownInlines.has(token.type);
}

/** A link says where it leads; one that leads to no ordinary address stays text. */
function MarkdownLink({ link, depth }: { link: Tokens.Link; depth: number }): ReactNode {
  const target = safeLink(link.autolink ? link.href : decodeReferences(link.href));
  if (!target) return link.raw;
  return (
    <>
      <a href={target.href} target="_blank" rel="noopener noreferrer nofollow">
        <Inline tokens={link.tokens} depth={depth} />
      </a>
      {!link.text.includes(target.host) && <span className="link-host"> ({target.host})</span>}
    </>
  );
}
