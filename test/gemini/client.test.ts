import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createGeminiClient, type GeminiClient } from '../../src/gemini/client.ts';
import { type GeminiConnection, geminiConnection } from '../../src/gemini/connection.ts';
import type { GeminiQuestion } from '../../src/gemini/reply.ts';
import { startTestEmulator, type TestEmulator } from '../emulator/support.ts';

const BASE_MODEL = 'gemini-3.5-flash-lite';
const NO_SETTINGS = {
  geminiApiKey: undefined,
  geminiProjectId: undefined,
  geminiServingLocation: 'us',
  geminiBaseUrl: undefined,
};

function ask(client: GeminiClient, changes: Partial<GeminiQuestion> = {}) {
  return client.answer({
    target: BASE_MODEL,
    prompt: 'Explain `x`.',
    signal: new AbortController().signal,
    firstByteTimeoutMs: 20_000,
    silenceTimeoutMs: 20_000,
    retry: 'once',
    ...changes,
  });
}

describe('the serving client', () => {
  let emulator: TestEmulator;
  const environment = { ...process.env };

  beforeAll(async () => {
    emulator = await startTestEmulator({ tuningDurationMs: 0 });
  });
  afterAll(() => emulator.remove());
  beforeEach(() => emulator.knob('reset', {}));
  afterEach(() => {
    for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
  });

  function vertex(changes: Partial<Extract<GeminiConnection, { wire: 'vertex' }>> = {}): GeminiClient {
    return createGeminiClient({
      wire: 'vertex',
      projectId: 'p',
      servingLocation: 'us',
      apiKey: 'local',
      baseUrl: emulator.url,
      ...changes,
    });
  }

  test.each(['vertex', 'developer'] as const)(
    'speaks the wire of %s, whole and in pieces',
    async (backend) => {
      const connection = geminiConnection({
        settings: {
          ...NO_SETTINGS,
          geminiApiKey: 'a key',
          geminiProjectId: 'p',
          geminiBaseUrl: emulator.url,
        },
        backend,
        emulatorUrl: undefined,
        googleCredentials: 'absent',
      });
      const client = createGeminiClient(connection);
      const pieces: string[] = [];
      const whole = await ask(client);
      const streamed = await ask(client, { onDelta: (text) => void pieces.push(text) });
      expect(whole).toMatchObject({ outcome: 'answered', providerModel: BASE_MODEL });
      expect(streamed).toMatchObject({ outcome: 'answered', text: pieces.join('') });
      expect(whole.outputTokens).toBeGreaterThan(0);
      expect(streamed.outputTokens).toBe(whole.outputTokens);
    },
  );

  test('goes where it is told, whatever the SDK would read from the environment', async () => {
    const warned = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    Object.assign(process.env, {
      GOOGLE_API_KEY: 'other',
      GEMINI_API_KEY: 'other',
      GOOGLE_GENAI_USE_ENTERPRISE: 'true',
      GOOGLE_GENAI_USE_VERTEXAI: 'true',
      GOOGLE_CLOUD_PROJECT: 'other',
      GOOGLE_CLOUD_LOCATION: 'other',
      GOOGLE_VERTEX_BASE_URL: 'http://127.0.0.1:1',
      GOOGLE_GEMINI_BASE_URL: 'http://127.0.0.1:1',
    });
    expect(await ask(vertex())).toMatchObject({ outcome: 'answered' });
    const developer = createGeminiClient({ wire: 'developer', apiKey: 'mine', baseUrl: emulator.url });
    expect(await ask(developer)).toMatchObject({ outcome: 'answered' });
    warned.mockRestore();
    const paths = (await emulator.requests('generate')).map(({ path }) => path);
    expect(paths).toEqual([
      `/v1beta1/projects/p/locations/us/publishers/google/models/${BASE_MODEL}:generateContent`,
      `/v1beta/models/${BASE_MODEL}:generateContent`,
    ]);
  });

  test.each(['tuning', 'serving'] as const)(
    'finds a tuned endpoint that lies in its %s location, and stays with it',
    async (endpointLocation) => {
      await emulator.knob('settings', { endpointLocation });
      const endpoint = await tunedEndpoint(emulator);
      const named = endpoint.replace(/locations\/[^/]+/, 'locations/us-central1');
      const client = vertex();
      for (let at = 0; at < 3; at += 1)
        expect(await ask(client, { target: named })).toMatchObject({ outcome: 'answered' });
      const statuses = (await emulator.requests('generate')).map(({ status }) => status);
      expect(statuses).toEqual(endpointLocation === 'tuning' ? [200, 200, 200] : [404, 200, 200, 200]);
    },
  );

  test('does not look everywhere each time for an endpoint that is nowhere', async () => {
    const client = vertex();
    const target = 'projects/p/locations/us-central1/endpoints/404';
    for (let at = 0; at < 3; at += 1) {
      expect(await ask(client, { target })).toMatchObject({
        outcome: 'failed',
        reason: 'HTTP 404 NOT_FOUND',
      });
    }
    expect(await emulator.requests('generate')).toHaveLength(4);
  });

  test.each(['503', 'reset'])('asks again once after a %s, and not where it may not', async (fault) => {
    await emulator.knob('faults', { fault, times: 1 });
    expect(await ask(vertex())).toMatchObject({ outcome: 'answered' });
    await emulator.knob('faults', { fault, times: 1 });
    expect(await ask(vertex(), { retry: 'never' })).toMatchObject({ outcome: 'failed' });
    expect(await emulator.requests('generate')).toHaveLength(3);
  });

  test.each(['400', '401', '403', '404', '429', '500', '504', 'broken-json', 'empty-object'])(
    'never asks again after %s',
    async (fault) => {
      await emulator.knob('faults', { fault, times: 1 });
      expect(await ask(vertex())).toMatchObject({ outcome: 'failed' });
      expect(await emulator.requests('generate')).toHaveLength(1);
    },
  );

  test('makes an outage no worse than its budget of retries allows', async () => {
    let connections = 0;
    const closing = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((ready) => closing.listen(0, '127.0.0.1', ready));
    const address = closing.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const client = createGeminiClient({
      wire: 'developer',
      apiKey: 'k',
      baseUrl: `http://127.0.0.1:${port}`,
    });
    const calls = 14;
    for (let at = 0; at < calls; at += 1) {
      expect(await ask(client)).toMatchObject({
        outcome: 'failed',
        reason: 'no connection (UND_ERR_SOCKET)',
      });
    }
    closing.close();
    expect(connections).toBeGreaterThan(calls);
    expect(connections).toBeLessThanOrEqual(calls + 11);
  });

  test('tells the caller’s going away from a time-out', async () => {
    await emulator.knob('faults', { fault: 'delay', params: { delayMs: 5_000 } });
    const leaving = new AbortController();
    setTimeout(() => leaving.abort(), 50);
    expect(await ask(vertex(), { signal: leaving.signal })).toMatchObject({ outcome: 'caller_gone' });
    expect(await ask(vertex(), { signal: AbortSignal.abort() })).toMatchObject({ outcome: 'caller_gone' });
    const late = await ask(vertex(), { firstByteTimeoutMs: 50 });
    expect(late).toMatchObject({ outcome: 'failed', error: { code: 'model_timeout' } });
  });

  test('waits for the reader of its pieces without taking that for the model’s silence', async () => {
    const pieces: string[] = [];
    const reply = await ask(vertex(), {
      silenceTimeoutMs: 2_000,
      onDelta: (text) => {
        pieces.push(text);
        return pieces.length === 1 ? new Promise((ready) => setTimeout(ready, 2_500)) : undefined;
      },
    });
    expect(reply).toMatchObject({ outcome: 'answered', text: pieces.join('') });
  });

  test('holds no part of an answer in what it says of a failure', async () => {
    for (const fault of ['cut-inside', 'broken-json', 'error-event', '503']) {
      await emulator.knob('faults', { fault, times: 1, params: { afterChunks: 1 } });
      const reply = await ask(vertex(), { onDelta: () => undefined, retry: 'never' });
      expect(reply).toMatchObject({ outcome: 'failed' });
      if (reply.outcome !== 'failed') continue;
      expect(reply.reason).toMatch(/^[\w ()]+$/);
      expect(reply.error.cause).toBeUndefined();
    }
  });
});

async function tunedEndpoint(emulator: TestEmulator): Promise<string> {
  const { tunings } = emulator.vertex('us-central1');
  await fetch(`${emulator.url}/upload/storage/v1/b/b/o?uploadType=media&name=t.jsonl`, {
    method: 'POST',
    headers: { 'content-type': 'application/jsonl' },
    body: Array.from({ length: 20 }, (_, at) => trainingLine(at)).join('\n'),
  });
  const { name = '' } = await tunings.tune({
    baseModel: BASE_MODEL,
    trainingDataset: { gcsUri: 'gs://b/t.jsonl' },
    config: { tunedModelDisplayName: 'tw' },
  });
  for (;;) {
    const job = await tunings.get({ name });
    if (job.tunedModel?.endpoint) return job.tunedModel.endpoint;
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

function trainingLine(at: number): string {
  return JSON.stringify({
    contents: [
      { role: 'user', parts: [{ text: `Explain ${at}` }] },
      { role: 'model', parts: [{ text: `It is ${at}.` }] },
    ],
  });
}
