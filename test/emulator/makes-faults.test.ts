import { ApiError, type GenerateContentResponse, type GoogleGenAI } from '@google/genai';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { dataRows, promptFor, startTestEmulator, type TestEmulator } from './support.ts';

const model = 'gemini-3.5-flash-lite';
const contents = promptFor('Explain.', dataRows()[0]!);
let emulator: TestEmulator;

beforeAll(async () => {
  emulator = await startTestEmulator();
});
afterAll(() => emulator.remove());
beforeEach(async () => {
  await emulator.knob('reset', {});
});

/** Asks with the fault in the header, as a test of the product can through `config.httpOptions`. */
const config = (fault: string) => ({
  automaticContinuation: false,
  httpOptions: { headers: { 'x-emulator-fault': fault } },
});
const ask = (fault: string, client: GoogleGenAI = emulator.vertex()) =>
  client.models.generateContent({ model, contents, config: config(fault) });
const thrownBy = async (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => undefined,
    (error: unknown) => error,
  );

interface Streamed {
  chunks: GenerateContentResponse[];
  error: unknown;
}

async function stream(fault: string): Promise<Streamed> {
  const chunks: GenerateContentResponse[] = [];
  const read = async () => {
    const answer = emulator.vertex().models.generateContentStream({ model, contents, config: config(fault) });
    for await (const chunk of await answer) chunks.push(chunk);
  };
  return { error: await thrownBy(read()), chunks };
}

describe('an error on the wire is what the SDK makes of Google’s (gemini.md 4.1)', () => {
  test.each([
    ['400', 400, 'INVALID_ARGUMENT'],
    ['401', 401, 'UNAUTHENTICATED'],
    ['403', 403, 'PERMISSION_DENIED'],
    ['404', 404, 'NOT_FOUND'],
    ['408', 408, 'DEADLINE_EXCEEDED'],
    ['429;retryDelay=7.5s', 429, '"retryDelay":"7.5s"'],
    ['499', 499, 'CANCELLED'],
    ['500', 500, 'INTERNAL'],
    ['502', 502, '<!DOCTYPE html>'],
    ['503', 503, 'UNAVAILABLE'],
    ['504', 504, 'DEADLINE_EXCEEDED'],
  ])('%s is an ApiError, unary and before a stream', async (fault, status, text) => {
    for (const error of [await thrownBy(ask(fault)), (await stream(fault)).error]) {
      expect(error).toBeInstanceOf(ApiError);
      expect(error).toMatchObject({ status, message: expect.stringContaining(text) });
    }
  });

  test.each(['broken-json', 'broken-json-503', 'empty-body'])('%s is a SyntaxError', async (fault) => {
    expect(await thrownBy(ask(fault))).toMatchObject({ name: 'SyntaxError' });
  });

  test('an empty object is no error, and has neither text nor candidates', async () => {
    const answer = await ask('empty-object');
    expect(answer.text).toBeUndefined();
    expect(answer.candidates).toBeUndefined();
  });

  test.each(['reset', 'lost-answer'])('%s is a failed fetch', async (fault) => {
    expect(await thrownBy(ask(fault))).toMatchObject({
      message: expect.stringContaining('fetch failed'),
      cause: { code: 'UND_ERR_SOCKET' },
    });
  });

  test('a delay longer than the timeout is an AbortError', async () => {
    const asked = emulator.vertex().models.generateContent({
      model,
      contents,
      config: { httpOptions: { timeout: 100, headers: { 'x-emulator-fault': 'delay;delayMs=5000' } } },
    });
    expect(await thrownBy(asked)).toMatchObject({ name: 'AbortError' });
  });
});

describe('a bad answer with status 200 looks as it does from Google (gemini.md 4.3)', () => {
  test.each(['SAFETY', 'PROHIBITED_CONTENT', 'BLOCKLIST', 'JAILBREAK'])(
    'a prompt blocked for %s has no candidates',
    async (blockReason) => {
      const fault = `blocked-prompt;blockReason=${blockReason}`;
      for (const answer of [await ask(fault), (await stream(fault)).chunks[0]]) {
        expect(answer?.promptFeedback?.blockReason).toBe(blockReason);
        expect(answer?.candidates).toBeUndefined();
        expect(answer?.text).toBeUndefined();
      }
    },
  );

  test.each([
    ['finish;finishReason=SAFETY', 'SAFETY', 'none'],
    ['finish;finishReason=RECITATION;text=part', 'RECITATION', 'part'],
    ['finish;finishReason=OTHER', 'OTHER', 'none'],
    ['finish;finishReason=SOMETHING_NEW;text=all', 'SOMETHING_NEW', 'part'],
    ['max-tokens', 'MAX_TOKENS', 'part'],
    ['max-tokens;text=none', 'MAX_TOKENS', 'none'],
    ['empty-text', 'STOP', 'empty'],
    ['no-parts', 'STOP', 'none'],
    ['continuation-token', 'CONTINUATION', 'part'],
  ])('%s', async (fault, reason, left) => {
    const whole = await ask(fault);
    const { chunks, error } = await stream(fault);
    expect(error).toBeUndefined();
    for (const answer of [whole, chunks.at(-1)]) {
      expect(answer?.candidates?.[0]?.finishReason).toBe(reason);
    }
    if (left === 'none') expect(whole.text).toBeUndefined();
    if (left === 'empty') expect(whole.text).toBe('');
    if (left === 'part') expect(whole.text?.length).toBeGreaterThan(0);
  });

  test('a continuation token makes the SDK ask again and join the texts, unless told not to', async () => {
    await emulator.knob('faults', { fault: 'continuation-token', times: 1 });
    const answer = await emulator.vertex().models.generateContent({ model, contents });
    expect(answer.candidates?.[0]?.finishReason).toBe('STOP');
    const sent = await emulator.requests('generate');
    expect(sent.map(({ body }) => body)).toEqual([
      expect.not.objectContaining({ continuationToken: expect.anything() }),
      expect.objectContaining({ continuationToken: 'emulator-continuation' }),
    ]);
  });

  test('another model than the one asked for is named as modelVersion', async () => {
    const answer = await ask('other-model-version;modelVersion=gemini-3.6-flash');
    expect(answer.modelVersion).toBe('gemini-3.6-flash');
  });

  test.each([
    ['cut-between;afterChunks=2', 2, undefined],
    ['no-finish', undefined, undefined],
    ['cut-inside;afterChunks=1', 1, 'Incomplete JSON segment at the end'],
    ['reset;afterChunks=1', 1, 'terminated'],
  ])('a stream with %s has no final finish reason', async (fault, whole, message) => {
    const { chunks, error } = await stream(fault);
    if (whole !== undefined) expect(chunks).toHaveLength(whole);
    expect(chunks.at(-1)?.candidates?.[0]?.finishReason).toBeUndefined();
    if (message === undefined) expect(error).toBeUndefined();
    else expect(error).toMatchObject({ message: expect.stringContaining(message) });
  });

  test('an error event in the middle of a stream is an ApiError with its status', async () => {
    const { chunks, error } = await stream('error-event;afterChunks=1');
    expect(chunks).toHaveLength(1);
    expect(error).toMatchObject({ name: 'ApiError', status: 503 });
  });

  test('slow chunks come apart in time, in order', async () => {
    const { chunks, error } = await stream('slow-chunks;delayMs=5');
    expect(error).toBeUndefined();
    expect(chunks.map(({ text }) => text).join('')).toBe((await ask('')).text);
  });
});

describe('rules choose which requests are hit', () => {
  const succeeds = async (which = model) =>
    (await thrownBy(emulator.vertex().models.generateContent({ model: which, contents }))) === undefined;

  test('the next two of a route, after one that goes through', async () => {
    await emulator.knob('faults', { fault: '503', route: 'generate', skip: 1, times: 2 });
    expect([await succeeds(), await succeeds(), await succeeds(), await succeeds()]).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });

  test('those of one model only', async () => {
    await emulator.knob('faults', { fault: '503', model: 'gemini-3.1-flash-lite' });
    expect(await succeeds()).toBe(true);
    expect(await succeeds('gemini-3.1-flash-lite')).toBe(false);
  });

  test('a share of them', async () => {
    await emulator.knob('faults', { fault: '503', probability: 0.5 });
    const outcomes = [];
    for (let asked = 0; asked < 40; asked += 1) outcomes.push(await succeeds());
    const hit = outcomes.filter((outcome) => !outcome).length;
    expect(hit).toBeGreaterThan(8);
    expect(hit).toBeLessThan(32);
  });

  test('a model’s error rate fails that share of its requests', async () => {
    await emulator.knob('models', { model, errorRate: 1 });
    expect(await succeeds()).toBe(false);
    expect(await succeeds('gemini-3.1-flash-lite')).toBe(true);
  });

  test('a rule with a name that is no fault is refused', async () => {
    await expect(emulator.knob('faults', { fault: 'bananas' })).rejects.toThrow('fault');
  });
});

describe('faults of tuning', () => {
  const tuner = () => emulator.vertex('us-central1');
  const start = async (fault: string) => {
    await fetch(`${emulator.url}/upload/storage/v1/b/b/o?uploadType=media&name=t.jsonl`, {
      method: 'POST',
      body: JSON.stringify({
        contents: ['user', 'model'].map((role) => ({ role, parts: [{ text: 'x' }] })),
      }),
    });
    await emulator.knob('settings', { tuningDurationMs: 10_000 });
    await emulator.knob('faults', { fault, route: 'tuning.create', times: 1 });
    return tuner().tunings.tune({ baseModel: model, trainingDataset: { gcsUri: 'gs://b/t.jsonl' } });
  };

  test.each([
    ['job-fails', 'JOB_STATE_FAILED', 13],
    ['job-expires', 'JOB_STATE_EXPIRED', undefined],
    ['job-is-cancelled', 'JOB_STATE_CANCELLED', 1],
    ['job-never-ends', 'JOB_STATE_RUNNING', undefined],
  ])('%s ends as %s', async (fault, state, code) => {
    const job = await start(fault);
    await emulator.knob('clock', { advanceMs: 48 * 3600 * 1000 });
    const ended = await tuner().tunings.get({ name: job.name ?? '' });
    expect(ended.state).toBe(state);
    expect(ended.error?.code).toBe(code);
    expect(ended.tunedModel).toBeUndefined();
  });

  test('a job that succeeds without endpoint names a model only', async () => {
    const job = await start('job-without-endpoint');
    await emulator.knob('clock', { advanceMs: 10_000 });
    const done = await tuner().tunings.get({ name: job.name ?? '' });
    expect(done.state).toBe('JOB_STATE_SUCCEEDED');
    expect(done.tunedModel?.model).toBeDefined();
    expect(done.tunedModel?.endpoint).toBeUndefined();
  });

  test('a cancel that comes too late is answered, and the job succeeds all the same', async () => {
    const job = await start('job-ignores-cancel');
    await tuner().tunings.cancel({ name: job.name ?? '' });
    await emulator.knob('clock', { advanceMs: 5000 });
    expect((await tuner().tunings.get({ name: job.name ?? '' })).state).toBe('JOB_STATE_CANCELLING');
    await emulator.knob('clock', { advanceMs: 5000 });
    expect((await tuner().tunings.get({ name: job.name ?? '' })).state).toBe('JOB_STATE_SUCCEEDED');
  });

  test('a lost answer leaves a job behind that its label finds', async () => {
    const error = await thrownBy(start('lost-answer'));
    expect(error).toMatchObject({ message: expect.stringContaining('fetch failed') });
    expect((await tuner().tunings.list()).page).toHaveLength(1);
  });
});
