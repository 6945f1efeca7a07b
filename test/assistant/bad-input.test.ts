import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hostileStrings, jsonBodies } from '../data/corpus.ts';
import { failureOf, startAssistant, type TestAssistant } from './support.ts';

interface Generator {
  name: string;
  build: string;
  n: number[];
}

const generators: Generator[] = JSON.parse(
  readFileSync(new URL('../data/size_generators.json', import.meta.url), 'utf8'),
);
const CLEAR = new Set([200, 400, 413, 415]);

describe('an answer route', () => {
  let assistant: TestAssistant;

  beforeAll(async () => {
    assistant = await startAssistant();
  });
  afterAll(() => assistant.close());

  async function post(
    body: NonNullable<RequestInit['body']>,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return fetch(`${assistant.url}/api/v1/ai/explain`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
  }

  async function expectClear(response: Response): Promise<void> {
    const text = await response.text();
    expect(CLEAR).toContain(response.status);
    expect(JSON.parse(text).ok).toBe(response.status === 200);
    expect(text).not.toMatch(/node_modules|\n\s+at |SyntaxError|ZodError/);
  }

  test.each([
    [{}, 'code'],
    [{ code: '' }, 'code'],
    [{ code: ' \n\t ' }, 'code'],
    [{ code: 5 }, 'code'],
    [{ code: null }, 'code'],
    [{ code: ['x'] }, 'code'],
    [{ code: 'a\0b' }, 'code'],
    [{ code: '\ud800' }, 'code'],
    [{ code: 'x', language: 7 }, 'language'],
    [{ code: 'x', language: 'Py\nthon' }, 'language'],
    [{ code: 'x', language: 'l'.repeat(61) }, 'language'],
    [{ code: 'x', question: 7 }, 'question'],
    [{ code: 'x', question: {} }, 'question'],
    [{ code: 'x', question: 'a\0' }, 'question'],
    [{ code: 'x', question: { prompt_markdown: 'a\udc00' } }, 'question.prompt_markdown'],
    [{ code: 'x', question: { prompt_markdown: 'a', title: '\0' } }, 'question.title'],
    [{ code: 'x', level: 0 }, 'level'],
    [{ code: 'x', level: 4 }, 'level'],
    [{ code: 'x', level: 1.5 }, 'level'],
    [{ code: 'x', level: '1' }, 'level'],
    [{ code: 'x', segment: 'Beginner' }, 'segment'],
    [{ code: 'x', segment: '' }, 'segment'],
    [{ code: 'x', segment: 's'.repeat(33) }, 'segment'],
    [[], 'body'],
  ])('refuses %j naming %s', async (body, field) => {
    const response = await assistant.ask('hint', body);
    expect(response.status).toBe(400);
    const { code, details } = await failureOf(response);
    expect(code).toBe('invalid_input');
    expect(details?.map((detail) => detail.field)).toContain(field);
  });

  test('ignores fields that it does not know, and blank extras', async () => {
    const body = '{"code":"x","user_id":"u-1","language":"","question":" ","__proto__":{"level":9}}';
    expect((await assistant.ask('explain', body)).status).toBe(200);
  });

  test.each(['null', '5', '"text"', 'true', '{', '', ' '])('refuses the body %j', async (body) => {
    expect((await post(body)).status).toBe(400);
  });

  test.each(['text/plain', 'application/xml', 'multipart/form-data; boundary=x'])(
    'refuses a body of type %s with 415',
    async (type) => {
      expect((await post('{"code":"x"}', { 'content-type': type })).status).toBe(415);
    },
  );

  test('takes 50 segments apart and counts the rest as other', async () => {
    for (let at = 0; at < 50; at += 1) await assistant.ask('explain', { code: 'x', segment: `s${at}` });
    const late = JSON.parse(await (await assistant.ask('explain', { code: 'x', segment: 'late' })).text());
    const known = JSON.parse(await (await assistant.ask('explain', { code: 'x', segment: 's7' })).text());
    expect((await assistant.contexts.get(late.info.request_id))?.segment).toBe('other');
    expect((await assistant.contexts.get(known.info.request_id))?.segment).toBe('s7');
  });

  test('answers hostile text in any field, or refuses it clearly', async () => {
    for (const { text } of hostileStrings()) {
      const bodies = [
        { code: text, question: text },
        { code: 'x', language: text },
        { code: 'x', segment: text },
      ];
      await Promise.all(bodies.map(async (body) => expectClear(await assistant.ask('explain', body))));
    }
  });

  test('takes each body of the JSON corpus as a parser must, without a stack', async () => {
    for (const { name, expect: verdict, body_b64 } of jsonBodies()) {
      const response = await post(Buffer.from(body_b64, 'base64'));
      await expectClear(response);
      if (verdict === 'reject') expect({ name, status: response.status }).toEqual({ name, status: 400 });
    }
  });

  test.each(generators.filter(({ build }) => !/^send|^Content-Length|^gzip/.test(build)))(
    'answers or refuses bodies of $name at every size',
    async ({ build, n: sizes }) => {
      // The recipes are expressions of the data set's own; each is one JSON body or one text.
      const make = new Function('n', `return ${build}`);
      for (const size of sizes) {
        const made: string = make(size);
        const response = await post(/^[{[]/.test(made) ? made : JSON.stringify({ code: made }));
        await expectClear(response);
        if (made.length > 256 * 1024) expect(response.status).toBe(413);
      }
    },
    120_000,
  );

  test('survives a body that is cut before its declared length', async () => {
    await new Promise<void>((done) => {
      const socket = connect(Number(new URL(assistant.url).port), '127.0.0.1', () => {
        socket.write(
          'POST /api/v1/ai/explain HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"code":"x',
        );
        setTimeout(() => socket.destroy(), 50);
      });
      socket.on('close', () => done());
    });
    expect((await assistant.ask('explain', { code: 'x' })).status).toBe(200);
  });
});
