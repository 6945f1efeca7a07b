/** Marks of a sample: blanked out, typed along the alphabet, or AWS’s own for its sample keys. */
const BLANKED = /x{5,}|X{5,}|\.{3}|\*{3}|#{5}|EXAMPLE|abc123|abcdef/;
const STAND_INS =
  /your|placeholder|change_?me|redacted|dummy|example|password|secret|token|api|key|here|[-_.\s]/gi;
/** No more than the prefix of a token may be left beside such words. */
const PREFIX = /^[a-z]{0,3}$/i;
const FEWEST_DISTINCT = 5;

/** True for what a text puts in place of a credential: `xxxxxxxx`, `your_api_key`, `AKIAIOSFODNN7EXAMPLE`. */
export function isMadeUp(value: string): boolean {
  return (
    BLANKED.test(value) ||
    PREFIX.test(value.replaceAll(STAND_INS, '')) ||
    new Set(value).size < FEWEST_DISTINCT
  );
}

/** True for a quoted value that may well be a credential: not a word, a call, a path or a format. */
export function looksSecret(value: string): boolean {
  if (value.startsWith('[') || isMadeUp(value) || /%[sdv](?![A-Za-z])|[(){}]|:\/\//.test(value)) return false;
  const classes = classesOf(value);
  return classes >= 3 || (classes === 2 && value.length >= 12 && /\d/.test(value) && /[a-z]/i.test(value));
}

const RANDOM_BITS_PER_CHARACTER = 3.2;
const HEX_BITS_PER_CHARACTER = 2.8;

/** True for a value that nobody would write by hand: mixed classes and high entropy. */
export function looksRandom(value: string): boolean {
  if (isMadeUp(value) || !/\d/.test(value) || !/[a-z]/i.test(value)) return false;
  if (/^[0-9a-f]{32,}$/i.test(value)) return entropy(value) > HEX_BITS_PER_CHARACTER;
  const words = value.split(/[^A-Za-z0-9]+/);
  if (words.length > 1 && words.every((word) => /^(?:[a-z]*|[A-Z][a-z]*|\d+)$/.test(word))) return false;
  return classesOf(value) >= 3 && entropy(value) > RANDOM_BITS_PER_CHARACTER;
}

function classesOf(value: string): number {
  return [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(value)).length;
}

/** Shannon entropy in bits per character. */
function entropy(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((bits, count) => {
    const share = count / value.length;
    return bits - share * Math.log2(share);
  }, 0);
}
