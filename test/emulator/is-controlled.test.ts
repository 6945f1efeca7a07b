import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startEmulator } from '../../src/emulator/emulator.ts';
import { dataRows, promptFor, startTestEmulator, type TestEmulator } from './support.ts';

const model = 'gemini-3.5-flash-lite';
let emulator: TestEmulator;
beforeAll(async () => {
  emulator = await startTestEmulator();
});
afterAll(() => emulator.remove());

const json = async (path: string, from = emulator) =>
  JSON.parse(await (await fetch(`${from.url}${path}`)).text());

test('the probes answer, and the metrics count requests by route and status', async () => {
  await emulator.developer().models.generateContent({ model, contents: 'hi' });
  expect((await fetch(`${emulator.url}/healthz`)).status).toBe(200);
  expect(await json('/readyz')).toMatchObject({ ok: true, info: { status: 'ok' } });
  const metrics = await (await fetch(`${emulator.url}/metrics`)).text();
  expect(metrics).toMatch(/^thumbwheel_emulator_requests_total\{route="generate",status="200"\} \d+$/m);
});

test('requests are kept with method, path, query, headers and body', async () => {
  for await (const _ of await emulator.vertex().models.generateContentStream({ model, contents: 'hi' }));
  const [last] = (await json('/__emulator/requests?kind=stream&limit=1')).requests;
  expect(last).toMatchObject({
    method: 'POST',
    path: `/v1beta1/projects/p/locations/us/publishers/google/models/${model}:streamGenerateContent`,
    query: { alt: 'sse' },
    headers: { 'x-goog-api-key': 'local', 'x-server-timeout': '10' },
    body: { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] },
    status: 200,
  });
});

test('knobs outlive a restart, and a reset takes everything back', async () => {
  const contents = promptFor('Explain.', dataRows()[0]!);
  const ask = async (from: TestEmulator) =>
    (await from.vertex().models.generateContent({ model, contents })).text;
  const first = await startTestEmulator();
  await first.knob('models', { model, quality: 0 });
  const second = await first.restart();
  expect(await ask(second)).toContain('Weak answer');
  await second.knob('reset', {});
  expect(await ask(second)).toContain('Reference answer');
  expect(await json('/__emulator/state', second)).toMatchObject({ models: {}, jobs: [], faults: [] });
  await second.remove();
});

test('a knob that does not exist, or a value out of its range, is refused by name', async () => {
  await expect(emulator.knob('models', { model, speed: 1 })).rejects.toThrow('speed');
  await expect(emulator.knob('models', { model, quality: 2 })).rejects.toThrow('quality');
  await expect(emulator.knob('settings', { tuningDurationMs: -1 })).rejects.toThrow('tuning_duration_ms');
});

test('latency and chunk delay make answers come later', async () => {
  await emulator.knob('models', { model: 'gemini-3.6-flash', latencyMs: 80, chunkDelayMs: 20 });
  const startedMs = performance.now();
  const contents = promptFor('Explain.', dataRows()[0]!);
  const stream = await emulator
    .developer()
    .models.generateContentStream({ model: 'gemini-3.6-flash', contents });
  let chunks = 0;
  for await (const _ of stream) chunks += 1;
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(75 + (chunks - 1) * 15);
});

test('a model that the Developer API routes elsewhere says so', async () => {
  const answer = await emulator
    .developer()
    .models.generateContent({ model: 'gemini-3.5-flash', contents: 'hi' });
  expect(answer.modelVersion).toBe('gemini-3.6-flash');
});

test('a state that can’t be read is set aside, and the emulator starts', async () => {
  const first = await startTestEmulator();
  await first.close();
  await writeFile(join(first.stateDir, 'state.json'), '{"jobs": [');
  const second = await first.restart();
  expect(await json('/__emulator/state', second)).toMatchObject({ jobs: [] });
  expect((await readdir(second.stateDir)).some((name) => name.startsWith('state.json.unreadable'))).toBe(
    true,
  );
  await second.remove();
});

test('a taken port rejects with the listener’s error', async () => {
  const log = { info: () => {}, warn: () => {} };
  const second = startEmulator({
    host: '127.0.0.1',
    port: emulator.port,
    stateDir: join(emulator.stateDir, 'second'),
    log,
  });
  await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
