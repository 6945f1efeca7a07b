import { PERSONAL_RULES } from './redact-personal.ts';
import type { RedactionRule } from './redact-rule.ts';
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
  const lower = text.toLowerCase();
  const secrets = applyRules(text, lower, SECRET_RULES);
  const personal = applyRules(secrets.text, lower, PERSONAL_RULES);
  return { text: personal.text, secrets: secrets.found, pii: personal.found };
}

function applyRules(
  text: string,
  lower: string,
  rules: readonly RedactionRule[],
): { text: string; found: number } {
  let found = 0;
  let current = text;
  for (const { hints, find, pick, placeholder } of rules) {
    if (!mayApply(hints, lower)) continue;
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

function mayApply(hints: RedactionRule['hints'], lower: string): boolean {
  return hints instanceof RegExp ? hints.test(lower) : hints.some((hint) => lower.includes(hint));
}

/** What the group `before` matched: context that stays. */
function beforeOf(rest: unknown[]): string {
  const groups = rest.at(-1);
  if (typeof groups !== 'object' || groups === null || !('before' in groups)) return '';
  return typeof groups.before === 'string' ? groups.before : '';
}
