import type { MarkedToken, Token, Tokens } from 'marked';
import { createElement, type ReactNode } from 'react';
import { CodeBlock } from './CodeBlock.tsx';
import { inOrder } from './in-order.ts';
import { Inline } from './MarkdownInline.tsx';

/** Quotes and lists nested deeper than this are shown as their source. */
const deepest = 12;

type BlockProps = { token: Token; headingLevel: number; depth: number };

/** One block of an answer: paragraph, list, code and so on; what is not known is shown as its source. */
export function MarkdownBlock({ token, headingLevel, depth }: BlockProps): ReactNode {
  if (depth > deepest || !isKnownBlock(token)) return <p>{token.raw}</p>;
  switch (token.type) {
    case 'heading':
      // A heading inside a list or quote would tear the page's outline: it is only set like one.
      if (depth > 0) return paragraphOf(token, 'strong');
      return createElement(`h${headingLevel}`, null, <Inline tokens={token.tokens} />);
    case 'paragraph':
      return paragraphOf(token, null);
    case 'text':
      return <Inline tokens={token.tokens ?? [token]} />;
    case 'code':
      return <CodeBlock code={token.text} language={token.lang?.split(/\s/, 1)[0] ?? ''} />;
    case 'blockquote':
      return (
        <blockquote>
          <Blocks tokens={token.tokens} depth={depth + 1} />
        </blockquote>
      );
    case 'list':
      return <MarkdownList list={token} depth={depth + 1} />;
    case 'table':
      return <MarkdownTable table={token} />;
    case 'hr':
      return <hr />;
    case 'checkbox':
      return token.checked ? '☑ ' : '☐ ';
    case 'html':
      return <p className="markdown-source">{token.raw}</p>;
    default:
      return null;
  }
}

type KnownBlock = Exclude<
  MarkedToken,
  { type: 'br' | 'codespan' | 'del' | 'em' | 'escape' | 'image' | 'link' | 'list_item' | 'strong' }
>;

const knownBlocks: ReadonlySet<string> = new Set<KnownBlock['type']>([
  'heading',
  'paragraph',
  'text',
  'code',
  'blockquote',
  'list',
  'table',
  'hr',
  'checkbox',
  'html',
  'space',
  'def',
]);

function isKnownBlock(token: Token): token is KnownBlock {
  return knownBlocks.has(token.type);
}

function paragraphOf(token: { tokens: Token[] }, wrapper: 'strong' | null): ReactNode {
  const content = <Inline tokens={token.tokens} />;
  return <p>{wrapper ? <strong>{content}</strong> : content}</p>;
}

function Blocks({ tokens, depth }: { tokens: Token[]; depth: number }): ReactNode {
  return inOrder(tokens, (token) => <MarkdownBlock token={token} headingLevel={6} depth={depth} />);
}

function MarkdownList({ list, depth }: { list: Tokens.List; depth: number }) {
  const items = inOrder(list.items, (item) => (
    <li>
      <Blocks tokens={item.tokens} depth={depth} />
    </li>
  ));
  if (!list.ordered) return <ul>{items}</ul>;
  return <ol {...(typeof list.start === 'number' && { start: list.start })}>{items}</ol>;
}

function MarkdownTable({ table }: { table: Tokens.Table }) {
  return (
    <table>
      <thead>
        <tr>
          {inOrder(table.header, (cell) => (
            <th scope="col">
              <Inline tokens={cell.tokens} />
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{inOrder(table.rows, tableRow)}</tbody>
    </table>
  );
}

function tableRow(cells: Tokens.TableCell[]): ReactNode {
  return (
    <tr>
      {inOrder(cells, (cell) => (
        <td>
          <Inline tokens={cell.tokens} />
        </td>
      ))}
    </tr>
  );
}
