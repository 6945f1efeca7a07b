import { createHash } from 'node:crypto';
import type { KnownQuestions } from './known-questions.ts';
import { type PromptKind, promptKind } from './prompt-text.ts';
import { referenceAnswer } from './reference-answer.ts';

/** First words of an answer that is weak on purpose; raters and tests recognise it by them. */
export const weakAnswerLabel =
  "*Weak answer, given by Thumbwheel's Gemini emulator because its quality knob is below 1.*";

export const unknownAnswer = [
  "This is Thumbwheel's Gemini emulator. It speaks Gemini's wire format but is no model, and it knows no answer to this question.",
  'To get real answers set `GEMINI_API_KEY` (or `GEMINI_PROJECT_ID` with Google credentials) and start again.',
].join('\n\n');

const weakBodies: Readonly<Record<PromptKind, readonly [string, string]>> = {
  explain: [
    'This code takes its input, works through it and returns a result. The important part is in the middle.',
    'It is a function that does what its name says. There is some logic and at the end a value comes back.',
  ],
  hint: [
    'Have another look at the code. Something in it may not be quite right.',
    'Think about the problem again and try a few inputs.',
  ],
  tests: [
    'Call it with a normal input and check that the result looks right. Also try an empty one.',
    'Write one test for the usual case, and perhaps one for an unusual case.',
  ],
  refactor: [
    'Use better names and shorter functions where it makes sense.',
    'The code could be cleaner. Consider splitting it up and adding comments.',
  ],
};

export interface AnswerQuestion {
  /** Model name or endpoint id that answers. */
  readonly target: string;
  readonly prompt: string;
  readonly seed: number | undefined;
  /** Share of the known prompts, 0 to 1, that get the reference. */
  readonly quality: number;
}

/**
 * The text of an answer: the same for the same target, prompt and seed. A prompt gets the reference when
 * its place in 0..1, drawn from that hash, lies under the quality.
 */
export function answerText(questions: KnownQuestions, asked: AnswerQuestion): string {
  const row = questions.find(asked.prompt);
  if (row === undefined) return unknownAnswer;
  const kind = promptKind(asked.prompt);
  const place = hashPlace(`${asked.target}\0${asked.prompt}\0${asked.seed ?? ''}`);
  if (place < asked.quality) return referenceAnswer(row, kind);
  return `${weakAnswerLabel}\n\n${weakBodies[kind][place < (1 + asked.quality) / 2 ? 0 : 1]}`;
}

/** A text's place in [0, 1), evenly spread. */
export function hashPlace(text: string): number {
  return createHash('sha256').update(text).digest().readUIntBE(0, 6) / 2 ** 48;
}

/** A stream's pieces: cut between words, about 80 characters each, at least two where the text allows it. */
export function textChunks(text: string): string[] {
  const size = Math.min(80, Math.max(1, Math.ceil(text.length / 2)));
  const chunks: string[] = [];
  for (const word of text.split(/(?<=\s)(?=\S)/)) {
    const last = chunks.at(-1);
    if (last === undefined || last.length >= size) chunks.push(word);
    else chunks[chunks.length - 1] = last + word;
  }
  return chunks;
}

/** Tokens of a text by the rule of thumb that Google documents: about four characters each. */
export function tokenCount(text: string): number {
  return Math.ceil(text.length / 4);
}
