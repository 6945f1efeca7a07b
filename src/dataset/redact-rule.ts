/** One kind of text that must not leave the database. */
export interface RedactionRule {
  /** Where the hints are looked for: most texts are spared most of the work. */
  scope: keyof Scopes;
  /** One of these must occur there, in lower case, or else the expression is not tried. */
  hints: readonly string[] | RegExp;
  /** Global; what its group `before` matches stays. All repetitions are bounded, so that time stays linear. */
  find: RegExp;
  /** The part of the match, from its start, that is really meant; undefined: nothing is. */
  pick?: (value: string) => string | undefined;
  placeholder: string;
}

/** A text in lower case, whole and by what it holds; empty where it holds no such thing. */
export interface Scopes {
  text: string;
  /** What stands without a blank or a quote in it and is as long as the shortest token. */
  runs: string;
  /** The whole text, where it has so many digits close together as the shortest number of a person has. */
  numbers: string;
}

const SHORTEST_TOKEN = 12;
const CLOSE_DIGITS = /(?:\d\D{0,3}){5}/;

export function scopesOf(text: string): Scopes {
  const lower = text.toLowerCase();
  return {
    text: lower,
    runs: longRuns(lower).join('\n'),
    numbers: CLOSE_DIGITS.test(lower) ? lower : '',
  };
}

/** A loop, because an expression for it begins anew at every letter of every word. */
function longRuns(text: string): string[] {
  const runs: string[] = [];
  let start = 0;
  for (let at = 0; at <= text.length; at += 1) {
    if (at < text.length && !isBreak(text.charCodeAt(at))) continue;
    if (at - start >= SHORTEST_TOKEN) runs.push(text.slice(start, at));
    start = at + 1;
  }
  return runs;
}

/** Blanks and quotes: ", ', ` */
function isBreak(code: number): boolean {
  return code <= 32 || code === 34 || code === 39 || code === 96;
}
