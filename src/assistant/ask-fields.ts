import { z } from 'zod';
import { text } from '../platform/http/fields.ts';
import type { HintLevel, PromptInput } from './prompt.ts';

const isBlank = (value: string) => value.trim() === '';

const code = text
  .refine((value) => !isBlank(value), 'must hold at least one character that is not blank')
  .describe('The code that is asked about');

const language = text
  .max(60, 'must not be longer than 60 characters')
  .refine((value) => !/[\p{Cc}\u2028\u2029`]/u.test(value), 'must be one line without backticks')
  .optional()
  .describe('Its programming language, as a person writes it');

const question = z
  .union(
    [
      text,
      z.object({
        prompt_markdown: text,
        title: text.max(500, 'must not be longer than 500 characters').optional(),
      }),
    ],
    'must be a string or {prompt_markdown, title?}',
  )
  .optional()
  .describe('The task that the code belongs to, or what to know about it; coding sites send the object');

const level = z
  .union([z.literal(1), z.literal(2), z.literal(3)], 'must be 1, 2 or 3')
  .optional()
  .describe('Of hints: 1 a nudge (default), 2 the idea, 3 nearly the solution');

export const segment = z
  .string()
  .regex(/^[a-z0-9_-]{1,32}$/, 'must be 1 to 32 characters of a-z, 0-9, _ and -')
  .optional()
  .describe('A free label such as `beginner`; never an identity. At most 50 different ones are told apart');

/** Body of the answer routes; unknown fields are ignored. */
export const askBody = z.object({ code, language, question, level, segment });

/** Node gives header values one character a byte. */
const assignmentKey = z
  .string()
  .max(256, 'must not be longer than 256 bytes')
  .optional()
  .describe(
    'Opaque string of yours that keeps its answers on one model version; hashed with a salt, never stored or logged',
  );

export const askHeaders = z.object({ 'x-assignment-key': assignmentKey });

/** `info` of an answer, and the data of the `done` event. */
export const answerInfo = z.object({
  request_id: z.string().describe('Names this answer when it is rated; whoever holds it can rate'),
  request_type: z.string(),
  text: z.string(),
  model_version: z.string(),
  truncated: z.literal(true).optional().describe('The model’s limit cut the answer'),
  regenerated_from: z.string().optional().describe('The answer that this one is a second one to'),
});

/** What a prompt is made of; blank extras count as absent. */
export function promptInput(body: z.output<typeof askBody>): PromptInput {
  const asked = typeof body.question === 'string' ? { prompt_markdown: body.question } : body.question;
  const title = asked && 'title' in asked ? orAbsent(asked.title) : undefined;
  const questionText = orAbsent(asked?.prompt_markdown);
  const level: HintLevel = body.level ?? 1;
  return {
    code: body.code,
    language: orAbsent(body.language),
    question:
      questionText === undefined && title === undefined ? undefined : { title, text: questionText ?? '' },
    level,
  };
}

function orAbsent(value: string | undefined): string | undefined {
  return value === undefined || isBlank(value) ? undefined : value.trim();
}
