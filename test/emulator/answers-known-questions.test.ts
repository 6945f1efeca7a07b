import type { GoogleGenAI } from '@google/genai';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fencedBlocks, normalise, promptKind } from '../../src/emulator/gemini/prompt-text.ts';
import { changedLines } from '../../src/emulator/gemini/reference-answer.ts';
import { dataRows, promptFor, startTestEmulator, type TestEmulator } from './support.ts';

const model = 'gemini-3.5-flash-lite';
const rows = dataRows();
let emulator: TestEmulator;

beforeAll(async () => {
  emulator = await startTestEmulator();
});
afterAll(() => emulator.remove());

describe.each([
  ['the Developer API', (): GoogleGenAI => emulator.developer()],
  ['Vertex AI', (): GoogleGenAI => emulator.vertex()],
])('through %s', (_, client) => {
  test('a known program is explained with its reference', async () => {
    const row = rows.find(({ source }) => source === 'mbpp')!;
    const answer = await client().models.generateContent({
      model,
      contents: promptFor('Explain this code.', row),
    });
    expect(answer.text).toContain(row.question);
    expect(answer.text).toContain(normalise(row.code));
    expect(answer.modelVersion).toBe(model);
    expect(answer.candidates?.[0]?.finishReason).toBe('STOP');
    expect(answer.usageMetadata?.totalTokenCount).toBe(
      (answer.usageMetadata?.promptTokenCount ?? 0) + (answer.usageMetadata?.candidatesTokenCount ?? 0),
    );
  });

  test('a stream carries the same text in several chunks, the last with finish reason and usage', async () => {
    const row = rows.find(({ source }) => source === 'quixbugs')!;
    const contents = promptFor('Give a hint.', row);
    const whole = await client().models.generateContent({ model, contents });
    const chunks = [];
    for await (const chunk of await client().models.generateContentStream({ model, contents })) {
      chunks.push(chunk);
    }
    expect(chunks.length).toBeGreaterThan(1);
    expect(chunks.map(({ text }) => text).join('')).toBe(whole.text);
    expect(chunks.map(({ candidates }) => candidates?.[0]?.finishReason)).toEqual([
      ...chunks.slice(1).map(() => undefined),
      'STOP',
    ]);
    expect(chunks.at(-1)?.usageMetadata?.candidatesTokenCount).toBeGreaterThan(0);
  });

  test('the model knob sets the share of references, the same prompts each time', async () => {
    await emulator.knob('models', { model: 'gemini-3.1-flash-lite', quality: 0.5 });
    const asked = rows.filter(({ source }) => source === 'humaneval').slice(0, 60);
    const ask = async () =>
      Promise.all(
        asked.map(async (row) => {
          const contents = promptFor('Write tests.', row);
          return (
            (await client().models.generateContent({ model: 'gemini-3.1-flash-lite', contents })).text ?? ''
          );
        }),
      );
    const first = await ask();
    const weak = first.filter((text) => text.startsWith('*Weak answer')).length;
    expect(weak).toBeGreaterThan(15);
    expect(weak).toBeLessThan(45);
    expect(await ask()).toEqual(first);
  });

  test('an unknown question gets the labelled answer that says how to get real ones', async () => {
    const answer = await client().models.generateContent({ model, contents: 'What is the meaning of life?' });
    expect(answer.text).toContain('Gemini emulator');
    expect(answer.text).toContain('GEMINI_API_KEY');
  });
});

test('every row of the data set is recognised by its fenced code, for all four kinds of request', async () => {
  const verbs = {
    explain: 'Explain',
    hint: 'Give a hint for',
    tests: 'Write unit tests for',
    refactor: 'Refactor',
  };
  const client = emulator.developer();
  for (const row of rows.filter((_, index) => index % 10 === 0)) {
    for (const verb of Object.values(verbs)) {
      const answer = await client.models.generateContent({
        model,
        contents: promptFor(`${verb} this.`, row),
      });
      expect(answer.text).toContain('Reference answer of');
    }
  }
});

test('the reference tests come verbatim', async () => {
  const row = rows.find(({ source }) => source === 'exercism-typescript')!;
  const answer = await emulator
    .developer()
    .models.generateContent({ model, contents: promptFor('Write tests for this code.', row) });
  expect(answer.text).toContain(row.tests?.trim());
});

test('a question that stands unfenced in the prompt is recognised too', async () => {
  const row = rows.find(({ source }) => source === 'exercism-typescript')!;
  const answer = await emulator
    .developer()
    .models.generateContent({ model, contents: `Please explain the task.\n${row.question}\nThank you.` });
  expect(answer.text).toContain(normalise(row.solution ?? ''));
});

test('the wrong line of every quixbugs program is found, but for two Java programs that differ in more', () => {
  const changes = rows
    .filter(({ source }) => source === 'quixbugs')
    .map(({ code, solution }) => changedLines(code, solution ?? ''));
  expect(changes.filter(({ wrong, right }) => wrong === '' && right === '')).toEqual([]);
  expect(changes.filter(({ wrong }) => wrong.split('\n').length > 3)).toHaveLength(2);
});

test('a fence is closed by one of its own length only', () => {
  expect(fencedBlocks('````md\na\n```\nb\n```\n````\n```\nc\n```')).toEqual(['a\n```\nb\n```', 'c']);
});

test.each([
  ['Explain what this does. Do not write tests.\n```\nx\n```', 'explain'],
  ['You are a coach. Give one hint, do not explain the solution.', 'hint'],
  ['Write unit tests for the code.', 'tests'],
  ['Suggest refactorings that keep the tests green.', 'refactor'],
  ['```\nexplain(hint)\n```\nWrite tests.', 'tests'],
])('the kind of %j is %s', (prompt, kind) => {
  expect(promptKind(prompt)).toBe(kind);
});
