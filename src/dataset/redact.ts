import { PERSONAL_RULES } from './redact-personal.ts';
import { type RedactionRule, type Scopes, scopesOf } from './redact-rule.ts';
import { SECRET_RULES } from './redact-secrets.ts';

export interface Redacted {
  text: string;
  /** Places where a credential stood. */
  secrets: number;
  /** Places where personal data stood. */
  pii: number;
}

/**
 * Replaces credentials and personal data by placeholders such as `[email]`. Works by expressions and check
 * digits alone, so names of people stay; what is reserved for examples (example.com, 127.0.0.1) stays too.
 * Doing it twice changes nothing more, and the time grows with the text's length only.
 */
export function redact(text: string): Redacted {
  let result: Redacted = { text, secrets: 0, pii: 0 };
  // What was replaced may have hidden its neighbour: only a text without a find is done.
  for (let pass = 0; pass < MOST_PASSES; pass += 1) {
    const next = redactOnce(result.text);
    if (next.secrets + next.pii === 0) break;
    result = { text: next.text, secrets: result.secrets + next.secrets, pii: result.pii + next.pii };
  }
  return result;
}

const MOST_PASSES = 8;

function redactOnce(text: string): Redacted {
  const scopes = scopesOf(text);
  const secrets = applyRules(text, scopes, SECRET_RULES);
  const personal = applyRules(secrets.text, scopes, PERSONAL_RULES);
  return { text: personal.text, secrets: secrets.found, pii: personal.found };
}

function applyRules(
  text: string,
  scopes: Scopes,
  rules: readonly RedactionRule[],
): { text: string; found: number } {
  let found = 0;
  let current = text;
  for (const { scope, hints, find, pick, placeholder } of rules) {
    if (!mayApply(hints, scopes[scope])) continue;
    current = current.replace(find, (match: string, ...rest: unknown[]) => {
      const before = beforeOf(rest);
      const value = match.slice(before.length);
      const secret = pick ? pick(value) : value;
      if (secret === undefined || secret.startsWith('[')) return match;
      found += 1;
      return `${before}[${placeholder}]${value.slice(secret.length)}`;
    });
  }
  return { text: current, found };
}

function mayApply(hints: RedactionRule['hints'], text: string): boolean {
  if (text === '') return false;
  return hints instanceof RegExp ? hints.test(text) : hints.some((hint) => text.includes(hint));
}

/** What the group `before` matched: context that stays. */
function beforeOf(rest: unknown[]): string {
  const groups = rest.at(-1);
  if (typeof groups !== 'object' || groups === null || !('before' in groups)) return '';
  return typeof groups.before === 'string' ? groups.before : '';
}
