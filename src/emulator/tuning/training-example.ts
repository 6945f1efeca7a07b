import { z } from 'zod';

export type ExampleMethod = 'supervised' | 'preference';

const part = z.strictObject({ text: z.string().regex(/\S/, 'empty text') });
const content = z.strictObject({ role: z.string().optional(), parts: z.array(part).min(1) });
const turn = z.strictObject({ role: z.enum(['user', 'model']), parts: z.array(part).min(1) });
const answer = z.strictObject({ role: z.literal('model'), parts: z.array(part).min(1) });

const instruction = { systemInstruction: content.optional(), system_instruction: content.optional() };

const supervised = z.strictObject({ ...instruction, contents: z.array(turn).min(2) });
const preference = z.strictObject({
  ...instruction,
  contents: z.array(turn).min(1),
  completions: z.array(z.strictObject({ score: z.number(), completion: answer })).length(2),
});

/**
 * One line of a dataset, in the format that Google documents for the method (supervised: turns that
 * alternate from user to model; preference: turns up to the user's and two scored completions).
 */
export function checkExample(value: unknown, method: ExampleMethod): { fault: string } | { text: string } {
  return method === 'supervised' ? checkSupervised(value) : checkPreference(value);
}

function checkSupervised(value: unknown): { fault: string } | { text: string } {
  const parsed = supervised.safeParse(value);
  if (!parsed.success) return { fault: issueText(parsed.error) };
  const { contents, systemInstruction, system_instruction } = parsed.data;
  const fault = orderFault(contents, 'model');
  if (fault !== undefined) return { fault };
  return { text: textOf([systemInstruction, system_instruction, ...contents]) };
}

function checkPreference(value: unknown): { fault: string } | { text: string } {
  const parsed = preference.safeParse(value);
  if (!parsed.success) return { fault: issueText(parsed.error) };
  const { contents, completions, systemInstruction, system_instruction } = parsed.data;
  const scores = completions.map(({ score }) => score).sort();
  if (scores[0] !== 0 || scores[1] !== 1) {
    return { fault: 'completions need one with score 1 and one with score 0.' };
  }
  const fault = orderFault(contents, 'user');
  if (fault !== undefined) return { fault };
  const answers = completions.map(({ completion }) => completion);
  return { text: textOf([systemInstruction, system_instruction, ...contents, ...answers]) };
}

function orderFault(
  contents: ReadonlyArray<{ role: 'user' | 'model' }>,
  last: 'user' | 'model',
): string | undefined {
  const wrong = contents.findIndex(({ role }, index) => role !== (index % 2 === 0 ? 'user' : 'model'));
  if (wrong >= 0) return `contents[${wrong}] must have role ${wrong % 2 === 0 ? 'user' : 'model'}.`;
  return contents.at(-1)?.role === last ? undefined : `the last of contents must have role ${last}.`;
}

function textOf(contents: ReadonlyArray<z.infer<typeof content> | undefined>): string {
  return contents.flatMap((entry) => (entry?.parts ?? []).map(({ text }) => text)).join('\n');
}

function issueText(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'not in the expected format.';
  const place = issue.path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('');
  return `${place.replace(/^\./, '') || 'the example'}: ${issue.message}.`;
}
