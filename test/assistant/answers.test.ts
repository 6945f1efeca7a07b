import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { dataRows } from '../emulator/support.ts';
import { baselineArm, eventsOf, failureOf, infoOf, startAssistant, type TestAssistant } from './support.ts';

const EVENTS = { accept: 'text/event-stream' };
const QUESTION = { code: 'def add(a, b):\n    return a + b', language: 'Python' };

describe('an answer', () => {
  let assistant: TestAssistant;

  beforeAll(async () => {
    assistant = await startAssistant({ timeoutMs: 20_000 });
  });
  afterAll(() => assistant.close());
  beforeEach(async () => {
    await assistant.emulator.knob('reset', {});
    assistant.samples.length = 0;
    assistant.lines.length = 0;
    assistant.traffic.draw = () => baselineArm();
  });

  test.each([
    ['explain', 'explain'],
    ['hint', 'hint'],
    ['tests', 'tests'],
    ['refactor-tips', 'refactor_tips'],
    ['refactor_tips', 'refactor_tips'],
  ])('to %s comes as JSON with the four fields and a context', async (path, requestType) => {
    const response = await assistant.ask(path, QUESTION);
    expect(response.status).toBe(200);
    const info = await infoOf(response);
    expect(Object.keys(info).sort()).toEqual(['model_version', 'request_id', 'request_type', 'text']);
    expect(info).toMatchObject({ request_type: requestType, model_version: 'gemini-3.5-flash-lite' });
    expect(await assistant.contexts.get(info.request_id)).toMatchObject({
      requestType,
      response: info.text,
      promptVersion: `${requestType}-1`,
      trainable: true,
    });
    expect(assistant.samples).toMatchObject([{ requestType, outcome: 'answered', otherModel: false }]);
    expect(assistant.samples[0]?.outputTokens).toBeGreaterThan(0);
  });

  test('streams deltas and a last event with the same info, marked as the proxies need it', async () => {
    const response = await assistant.ask('explain', QUESTION, EVENTS);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    const events = eventsOf(await response.text());
    const deltas = events.filter(({ event }) => event === 'delta').map(({ data }) => data.text);
    expect(deltas.length).toBeGreaterThan(1);
    const done = events.at(-1);
    expect(done?.event).toBe('done');
    expect(done?.data.text).toBe(deltas.join(''));
    expect(await assistant.contexts.get(done?.data.request_id ?? '')).toMatchObject({
      response: done?.data.text,
    });
  });

  test('to a known question is the real one, in each of the four kinds', async () => {
    const body = knownQuestion();
    const texts = await Promise.all(
      ['explain', 'hint', 'tests', 'refactor-tips'].map(async (path) =>
        infoOf(await assistant.ask(path, body)),
      ),
    );
    for (const { text } of texts) expect(text).not.toContain('knows no answer');
    expect(new Set(texts.map(({ text }) => text)).size).toBe(4);
  });

  test('makes exactly one request of one user turn without a system instruction', async () => {
    await assistant.ask('explain', QUESTION);
    await assistant.emulator.knob('faults', { fault: 'continuation-token', times: 1 });
    const cut = await infoOf(await assistant.ask('explain', QUESTION));
    expect(cut.truncated).toBe(true);
    expect(await assistant.emulator.requests('generate')).toHaveLength(2);
  });

  test.each([
    { fault: 'blocked-prompt', status: 422, code: 'blocked', outcome: 'blocked' },
    {
      fault: 'finish',
      params: { finishReason: 'RECITATION', text: 'part' },
      status: 422,
      code: 'blocked',
      outcome: 'blocked',
    },
    {
      fault: 'finish',
      params: { finishReason: 'IMAGE_SAFETY', text: 'all' },
      status: 503,
      code: 'model_unavailable',
      outcome: 'failed',
    },
    {
      fault: 'finish',
      params: { finishReason: 'A_NEW_REASON', text: 'all' },
      status: 503,
      code: 'model_unavailable',
      outcome: 'failed',
    },
    {
      fault: 'max-tokens',
      params: { text: 'none' },
      status: 503,
      code: 'model_unavailable',
      outcome: 'failed',
    },
    { fault: 'empty-text', status: 503, code: 'model_unavailable', outcome: 'failed' },
    { fault: 'no-parts', status: 503, code: 'model_unavailable', outcome: 'failed' },
    { fault: 'no-finish', status: 503, code: 'model_unavailable', outcome: 'failed' },
    { fault: 'empty-object', status: 503, code: 'model_unavailable', outcome: 'failed' },
    { fault: 'empty-body', status: 503, code: 'model_unavailable', outcome: 'failed' },
    { fault: 'broken-json', status: 503, code: 'model_unavailable', outcome: 'failed' },
    { fault: 'broken-json-503', status: 503, code: 'model_unavailable', outcome: 'failed' },
    { fault: '400', status: 503, code: 'model_unavailable', outcome: 'failed' },
    { fault: '401', status: 503, code: 'model_unavailable', outcome: 'failed' },
    { fault: '403', status: 503, code: 'model_unavailable', outcome: 'failed' },
    { fault: '404', status: 503, code: 'model_unavailable', outcome: 'failed' },
    { fault: '429', status: 503, code: 'model_unavailable', outcome: 'failed' },
    { fault: '500', status: 503, code: 'model_unavailable', outcome: 'failed' },
    { fault: '502', status: 503, code: 'model_unavailable', outcome: 'failed' },
    { fault: '503', status: 503, code: 'model_unavailable', outcome: 'failed' },
    { fault: '504', status: 504, code: 'model_timeout', outcome: 'failed' },
    { fault: 'reset', status: 503, code: 'model_unavailable', outcome: 'failed' },
  ])('met by $fault $params is $status for JSON and for events, and nothing is kept', async (given) => {
    const { fault, params, status, code, outcome } = given;
    const isDelivered = fault === 'no-finish' || fault === 'finish';
    await assistant.emulator.knob('faults', { fault, ...(params ? { params } : {}) });
    const before = await assistant.contexts.count();
    for (const headers of [{}, EVENTS]) {
      const response = await assistant.ask('explain', QUESTION, headers);
      expect(response.headers.get('content-type')).toContain(
        headers === EVENTS && isDelivered ? 'text/event-stream' : 'application/json',
      );
      const text = await response.text();
      if (response.headers.get('content-type')?.startsWith('text/event-stream')) {
        const events = eventsOf(text);
        expect(events.at(-1)).toMatchObject({ event: 'error', data: { code } });
        continue;
      }
      expect(response.status).toBe(status);
      expect(JSON.parse(text)).toMatchObject({ ok: false, error: { code } });
      expect(text).not.toMatch(/node_modules|at .*\.ts|SyntaxError/);
    }
    expect(await assistant.contexts.count()).toBe(before);
    expect(assistant.samples.map((sample) => sample.outcome)).toEqual([outcome, outcome]);
  });

  test('says when to come again, as Google told it', async () => {
    await assistant.emulator.knob('faults', { fault: '429', params: { retryDelay: '6.2s' } });
    for (const headers of [{}, EVENTS]) {
      const response = await assistant.ask('explain', QUESTION, headers);
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '7']);
    }
    expect(await assistant.emulator.requests('generate')).toHaveLength(1);
  });

  test.each(['cut-between', 'cut-inside', 'error-event', 'reset'])(
    'that breaks off after its first piece (%s) ends with an error event and without a context',
    async (fault) => {
      await assistant.emulator.knob('faults', { fault, params: { afterChunks: 1 } });
      const before = await assistant.contexts.count();
      const events = eventsOf(await (await assistant.ask('explain', QUESTION, EVENTS)).text());
      expect(events.map(({ event }) => event)).toEqual(['delta', 'error']);
      expect(events[1]?.data).toMatchObject({ code: 'model_unavailable' });
      expect(await assistant.contexts.count()).toBe(before);
      expect(assistant.samples).toMatchObject([{ outcome: 'failed' }]);
    },
  );

  test('that was cut says so, can be rated and is not trained on', async () => {
    await assistant.emulator.knob('faults', { fault: 'max-tokens', times: 1 });
    const info = await infoOf(await assistant.ask('explain', QUESTION));
    expect(info.truncated).toBe(true);
    expect(await assistant.contexts.get(info.request_id)).toMatchObject({ trainable: false });
    expect(assistant.samples).toMatchObject([{ outcome: 'truncated' }]);
  });

  test('by another model than the one asked for is counted, told, and kept out of gate and training', async () => {
    assistant.traffic.draw = () => baselineArm({ rolloutId: 'r', rolloutStage: 10 });
    await assistant.emulator.knob('faults', {
      fault: 'other-model-version',
      params: { modelVersion: 'gemini-3.6-flash' },
    });
    const info = await infoOf(await assistant.ask('explain', QUESTION));
    expect(await assistant.contexts.get(info.request_id)).toMatchObject({
      providerModel: 'gemini-3.6-flash',
      trainable: false,
      gate: undefined,
    });
    expect(assistant.samples).toMatchObject([{ outcome: 'answered', otherModel: true }]);
    await assistant.ask('explain', QUESTION);
    const told = assistant.lines.filter(({ event }) => event === 'gemini.other_model');
    expect(told).toMatchObject([
      { model_version: 'gemini-3.5-flash-lite', provider_model: 'gemini-3.6-flash' },
    ]);
  });

  test('aborts the model’s call when the caller leaves before its first piece', async () => {
    await assistant.emulator.knob('faults', { fault: 'delay', params: { delayMs: 20_000 } });
    const leaving = new AbortController();
    const asked = fetch(`${assistant.url}/api/v1/ai/explain`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(QUESTION),
      signal: leaving.signal,
    });
    const refused = expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    await until(async () => (await assistant.emulator.requests('generate')).length === 1);
    leaving.abort();
    await refused;
    await until(() => assistant.samples.length === 1);
    expect(assistant.samples).toMatchObject([{ outcome: 'caller_gone' }]);
  });

  test('never appears in the log, nor does its question', async () => {
    const code = 'const secret_of_the_question = 1;';
    for (const fault of ['cut-inside', '503', 'blocked-prompt', 'broken-json']) {
      await assistant.emulator.knob('faults', { fault, times: 1 });
      await assistant.ask('explain', { code }, EVENTS).then((response) => response.text());
    }
    const { text } = await infoOf(await assistant.ask('explain', { code }));
    expect(assistant.logText()).not.toContain('secret_of_the_question');
    expect(assistant.logText()).not.toContain(text.slice(0, 40));
  });

  test('is refused with a plain 503 while the weights are not known', async () => {
    assistant.traffic.draw = () => undefined;
    const response = await assistant.ask('explain', QUESTION);
    expect(response.status).toBe(503);
    expect(await failureOf(response)).toMatchObject({ code: 'model_unavailable' });
  });
});

describe('an answer that is late', () => {
  let assistant: TestAssistant;

  beforeAll(async () => {
    assistant = await startAssistant({ timeoutMs: 3_000 });
  });
  afterAll(() => assistant.close());
  beforeEach(() => assistant.emulator.knob('reset', {}));

  test('with its first byte is 504 for JSON and for events, and nothing is kept', async () => {
    await assistant.emulator.knob('faults', { fault: 'delay', params: { delayMs: 20_000 } });
    const responses = await Promise.all(
      [{}, EVENTS].map((headers) => assistant.ask('explain', QUESTION, headers)),
    );
    for (const response of responses) {
      expect(response.status).toBe(504);
      expect(response.headers.get('content-type')).toContain('application/json');
      expect(await failureOf(response)).toMatchObject({ code: 'model_timeout' });
    }
    expect(await assistant.contexts.count()).toBe(0);
    expect(assistant.samples).toMatchObject([{ outcome: 'failed' }, { outcome: 'failed' }]);
  });

  test('and falls silent in the middle ends with an error event', async () => {
    await assistant.emulator.knob('faults', { fault: 'slow-chunks', params: { delayMs: 20_000 } });
    const events = eventsOf(await (await assistant.ask('explain', QUESTION, EVENTS)).text());
    expect(events.map(({ event }) => event)).toEqual(['delta', 'error']);
    expect(events[1]?.data.code).toBe('model_timeout');
  });

  test('in all, but never silent for the whole time-out, is complete', async () => {
    await assistant.emulator.knob('models', { model: '*', chunkDelayMs: 1_000 });
    const startedAt = performance.now();
    const response = await assistant.ask('explain', knownQuestion(), EVENTS);
    const events = eventsOf(await response.text());
    expect(performance.now() - startedAt).toBeGreaterThan(3_000);
    expect(events.at(-1)?.event).toBe('done');
  });
});

/** One whose answer has many pieces. */
function knownQuestion() {
  const row = dataRows().find(({ source, language }) => source === 'humaneval' && /python/i.test(language));
  return {
    code: row?.code,
    language: row?.language,
    question: { prompt_markdown: row?.question ?? '', title: 'A' },
  };
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((wake) => setTimeout(wake, 10));
}
