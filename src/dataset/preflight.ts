import type { Example } from './example.ts';

/** Gemini's limits for tuning data (supervised tuning, limits, November 2026). */
export const MOST_TOKENS = 131_072;
export const MOST_FILE_BYTES = 1_000_000_000;
export const MOST_EXAMPLES = 10_000_000;
/** A bound from above: no text of ours takes more than one token for three characters. */
const CHARACTERS_PER_TOKEN = 3;

/** Why an example is not trained on. */
export type Rejection = 'secret' | 'empty' | 'too_long' | 'duplicate';

/** What Gemini would drop or refuse in one example; undefined when it is fine. */
export function rejectionOf({ prompt, answer }: Example): Rejection | undefined {
  if (prompt.trim() === '' || answer.trim() === '') return 'empty';
  if (Math.ceil((prompt.length + answer.length) / CHARACTERS_PER_TOKEN) > MOST_TOKENS) return 'too_long';
  return undefined;
}

const ROLES = ['user', 'model'];

/** What is wrong with a line of a training file as Gemini reads it; undefined when nothing is. */
export function problemOfLine(line: string): string | undefined {
  if (line.trim() === '') return 'is blank';
  if (line.startsWith('\uFEFF')) return 'starts with a byte order mark';
  if (!line.isWellFormed()) return 'holds half of a surrogate pair';
  let turns: unknown;
  try {
    turns = propertyOf(JSON.parse(line), 'contents');
  } catch {
    return 'is not JSON by itself';
  }
  if (!Array.isArray(turns) || turns.length < 2 || turns.length % 2 === 1)
    return 'does not hold turns in pairs';
  return turns.map(problemOfTurn).find((problem) => problem !== undefined);
}

function problemOfTurn(turn: unknown, at: number): string | undefined {
  const role = ROLES[at % 2];
  if (propertyOf(turn, 'role') !== role) return `turn ${at + 1} is not of the role ${role}`;
  const parts = propertyOf(turn, 'parts');
  const texts = Array.isArray(parts) ? parts.map((part) => propertyOf(part, 'text')) : [];
  const whole = texts.length > 0 && texts.every((text) => typeof text === 'string' && text.trim() !== '');
  return whole ? undefined : `turn ${at + 1} has no text`;
}

function propertyOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}
