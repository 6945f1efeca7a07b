import { beforeAll, expect, test } from '@jest/globals';
import {
  explainPrompt,
  hintPrompt,
  type PromptBuilder,
  refactorTipsPrompt,
  testsPrompt,
} from '../../src/assistant/prompt.ts';
import { type KnownQuestions, loadKnownQuestions } from '../../src/emulator/gemini/known-questions.ts';
import { normalise, promptKind } from '../../src/emulator/gemini/prompt-text.ts';

let questions: KnownQuestions;
beforeAll(async () => {
  questions = await loadKnownQuestions();
});

test.each<[string, PromptBuilder]>([
  ['explain', explainPrompt],
  ['hint', hintPrompt],
  ['tests', testsPrompt],
  ['refactor', refactorTipsPrompt],
])('every row asked by the product’s own prompt is known as a request to %s', (kind, build) => {
  for (const { code, language, question } of questions.rows) {
    const text = question === '' ? undefined : { title: 'A title', text: question };
    const prompt = build({ code, language, question: text, level: 1 });
    expect(normalise(questions.find(prompt)?.code ?? '')).toBe(normalise(code));
    expect(promptKind(prompt)).toBe(kind);
  }
});

test('a candidate’s own attempt at a known task gets the task’s answer', () => {
  const row = questions.rows.find(({ source }) => source === 'exercism-typescript');
  const prompt = hintPrompt({
    code: 'export const mine = 1;',
    language: 'typescript',
    question: { title: 'A title', text: row?.question ?? '' },
    level: 2,
  });
  expect(questions.find(prompt)?.id).toBe(row?.id);
});
