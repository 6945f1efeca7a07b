import type { Token } from 'marked';

/**
 * Levels (3 to 6) for the headings among an answer's blocks, so that the page's outline has no gap, whatever
 * depths the model chose: the answer itself is an h2, its outermost headings are h3. Other blocks get 3.
 */
export function headingLevels(blocks: readonly Token[]): number[] {
  const open: number[] = [];
  return blocks.map((token) => {
    if (token.type !== 'heading') return 3;
    while ((open.at(-1) ?? 0) >= token.depth) open.pop();
    open.push(token.depth);
    return Math.min(open.length + 2, 6);
  });
}

const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

/** Resolves the character references that a browser would resolve in HTML; React shows the result as text. */
export function decodeReferences(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,4}));/gi, (whole, decimal, hex, name) => {
    if (name) return named[name.toLowerCase()] ?? whole;
    const point = decimal ? Number.parseInt(decimal, 10) : Number.parseInt(hex, 16);
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : '\ufffd';
  });
}

export type SafeLink = { href: string; host: string };

/** The address if it is one that a person may be sent to (http, https, mailto; absolute), else null. */
export function safeLink(href: string): SafeLink | null {
  if (!URL.canParse(href)) return null;
  const url = new URL(href);
  if (url.protocol === 'mailto:') return { href: url.href, host: url.pathname };
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return null;
  return { href: url.href, host: url.host };
}

export type CodePiece = { text: string; isHidden: boolean };

/** Splits code at characters that a reader can't see but a compiler can (bidi controls, zero-width), named instead. */
export function splitHiddenCharacters(code: string): CodePiece[] {
  return code
    .split(/([\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff])/u)
    .map((text, index) =>
      index % 2 === 0 ? { text, isHidden: false } : { text: codePointName(text), isHidden: true },
    )
    .filter(({ text }) => text !== '');
}

function codePointName(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
