import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestEmulator, type TestEmulator } from './support.ts';

const model = 'gemini-3.5-flash-lite';
const contents = [{ role: 'user', parts: [{ text: 'hi' }] }];
let emulator: TestEmulator;
beforeAll(async () => {
  emulator = await startTestEmulator();
});
afterAll(() => emulator.remove());

async function post(
  path: string,
  body: unknown,
  headers: Record<string, string> = { 'x-goog-api-key': 'k' },
) {
  const answer = await fetch(`${emulator.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: answer.status, text: await answer.text() };
}
const developer = `/v1beta/models/${model}:generateContent`;
const vertex = (location: string, name = model) =>
  `/v1beta1/projects/p/locations/${location}/publishers/google/models/${name}:generateContent`;

describe('credentials', () => {
  test.each([developer, vertex('us')])('%s without key or bearer is 401', async (path) => {
    const { status, text } = await post(path, { contents }, {});
    expect(status).toBe(401);
    expect(JSON.parse(text).error.status).toBe('UNAUTHENTICATED');
  });

  test.each([
    ['a key in the header', developer, { 'x-goog-api-key': 'k' }],
    ['a key in the query', `${developer}?key=k`, {}],
    ['a bearer', vertex('us'), { authorization: 'Bearer t' }],
  ])('%s is enough', async (_, path, headers: Record<string, string>) => {
    expect((await post(path, { contents }, headers)).status).toBe(200);
  });
});

describe('places and names', () => {
  test.each([
    [vertex('us'), 200],
    [vertex('eu'), 200],
    [vertex('global'), 200],
    [vertex('us').replace('v1beta1', 'v1'), 200],
    [`/v1beta1/publishers/google/models/${model}:generateContent`, 200],
    [vertex('us-central1'), 404],
    [vertex('us', 'gemini-2.5-flash'), 404],
    [`/v1beta/models/gemini-1.5-flash:generateContent`, 404],
    [`/v1beta1/projects/p/locations/us/publishers/endpoints/models/777:generateContent`, 404],
    ['/nothing/here', 404],
  ])('%s answers %d', async (path, status) => {
    expect((await post(path, { contents })).status).toBe(status);
  });

  test('a wrong location is told in Google’s words', async () => {
    const { text } = await post(vertex('us-west1'), { contents });
    expect(JSON.parse(text).error.message).toContain(
      `Publisher model \`projects/p/locations/us-west1/publishers/google/models/${model}\` was not found or your project does not have access to it.`,
    );
  });
});

describe('bodies', () => {
  const withConfig = (generationConfig: object) => ({ contents, generationConfig });
  test.each<[string, unknown, RegExp]>([
    ['broken JSON', '{"contents": [', /Invalid JSON payload/],
    ['no contents', {}, /at least one contents field is required/],
    ['empty contents', { contents: [] }, /at least one contents field is required/],
    ['no parts', { contents: [{ role: 'user', parts: [] }] }, /at least one parts field/],
    ['an empty text', { contents: [{ role: 'user', parts: [{ text: '' }] }] }, /empty text parameter/],
    [
      'an unknown role',
      { contents: [{ role: 'assistant', parts: [{ text: 'x' }] }] },
      /valid role: user, model/,
    ],
    [
      'a model turn last',
      { contents: [...contents, { role: 'model', parts: [{ text: 'x' }] }] },
      /end with a user role/,
    ],
    ['an unknown field', { contents, banana: 1 }, /Unknown name "banana": Cannot find field/],
    ['an unknown setting', withConfig({ banana: 1 }), /Unknown name "banana" at 'generation_config'/],
    [
      'a value of the wrong type',
      withConfig({ maxOutputTokens: 'many' }),
      /generation_config\.max_output_tokens/,
    ],
    ['a penalty', withConfig({ presencePenalty: 1 }), /Penalty is not enabled/],
    [
      'an unknown thinking level',
      withConfig({ thinkingConfig: { thinkingLevel: 'DEEP' } }),
      /Thinking level/,
    ],
  ])('%s is 400', async (_, body, message) => {
    for (const path of [developer, vertex('us'), developer.replace(':generate', ':streamGenerate')]) {
      const { status, text } = await post(path, body);
      expect(status).toBe(400);
      expect(JSON.parse(text).error).toMatchObject({
        code: 400,
        status: 'INVALID_ARGUMENT',
        message: expect.stringMatching(message),
      });
    }
  });

  test('the lowest thinking level is refused by models that have none', async () => {
    const body = withConfig({ thinkingConfig: { thinkingLevel: 'MINIMAL' } });
    expect((await post(vertex('us', 'gemini-3.8-flash'), body)).status).toBe(400);
    expect((await post(vertex('us'), body)).status).toBe(200);
  });

  test('labels are a field of Vertex AI only', async () => {
    expect((await post(vertex('us'), { contents, labels: { a: 'b' } })).status).toBe(200);
    expect((await post(developer, { contents, labels: { a: 'b' } })).status).toBe(400);
  });

  test('a broken escape in the path is 404', async () => {
    expect((await post('/v1beta/models/%E0%A4%A:generateContent', { contents })).status).toBe(404);
  });
});
