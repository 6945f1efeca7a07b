import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Arm } from '../../src/models/traffic.ts';
import { BASE_MODEL, baselineArm, eventsOf, infoOf, startAssistant, type TestAssistant } from './support.ts';

const EVENTS = { accept: 'text/event-stream' };
const QUESTION = { code: 'def add(a, b):\n    return a + b' };
const CANDIDATE = 'gemini-3.6-flash';
const TIMEOUT_MS = 5_000;

/** A plain newer base as candidate, so that faults can be aimed at it by its name. */
const candidateArm: Arm = baselineArm({
  versionName: CANDIDATE,
  target: CANDIDATE,
  generation: 7,
  rolloutId: '0b0e4c4e-0000-4000-8000-000000000001',
  rolloutStage: 10,
  fallback: { versionName: BASE_MODEL, target: BASE_MODEL },
});

describe('a candidate that answers', () => {
  let assistant: TestAssistant;

  beforeAll(async () => {
    assistant = await startAssistant({ timeoutMs: TIMEOUT_MS });
  });
  afterAll(() => assistant.close());
  beforeEach(async () => {
    await assistant.emulator.knob('reset', {});
    assistant.samples.length = 0;
    assistant.traffic.draw = () => candidateArm;
  });

  test('well has its answers counted for the stage of its rollout', async () => {
    const info = await infoOf(await assistant.ask('hint', QUESTION, { 'x-assignment-key': 'team-1' }));
    expect(info.model_version).toBe(CANDIDATE);
    const context = await assistant.contexts.get(info.request_id);
    expect(context?.gate).toEqual({ rolloutId: candidateArm.rolloutId, stage: 10 });
    expect(context?.assignmentHash).toMatch(/^[\w-]{22}$/);
    expect(JSON.stringify(context)).not.toContain('team-1');
    expect(assistant.logText()).not.toContain('team-1');
  });

  test.each(['404', '429', '500', '503', 'reset', 'broken-json', 'empty-object', 'empty-text', 'no-parts'])(
    'with %s before its first byte is answered for by the baseline, in JSON and events',
    async (fault) => {
      await assistant.emulator.knob('faults', { fault, model: CANDIDATE });
      const whole = await infoOf(await assistant.ask('explain', QUESTION));
      const events = eventsOf(await (await assistant.ask('explain', QUESTION, EVENTS)).text());
      for (const info of [whole, events.at(-1)?.data]) {
        expect(info?.model_version).toBe(BASE_MODEL);
        const context = await assistant.contexts.get(info?.request_id ?? '');
        expect(context).toMatchObject({ modelVersion: BASE_MODEL, gate: undefined, trainable: true });
      }
      expect(assistant.samples.map(({ modelVersion, outcome }) => [modelVersion, outcome])).toEqual([
        [CANDIDATE, 'failed'],
        [BASE_MODEL, 'answered'],
        [CANDIDATE, 'failed'],
        [BASE_MODEL, 'answered'],
      ]);
      expect(new Set(assistant.samples.map(({ generation }) => generation))).toEqual(new Set([7]));
    },
  );

  test('too late gives the baseline the second half of the time', async () => {
    await assistant.emulator.knob('faults', {
      fault: 'delay',
      model: CANDIDATE,
      params: { delayMs: 10_000 },
    });
    const startedAt = performance.now();
    const info = await infoOf(await assistant.ask('explain', QUESTION));
    expect(info.model_version).toBe(BASE_MODEL);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(TIMEOUT_MS / 2 - 20);
    expect(assistant.samples[0]).toMatchObject({ modelVersion: CANDIDATE, outcome: 'failed' });
  });

  test('not at all, with a baseline that does not either, is 504 after the whole time', async () => {
    await assistant.emulator.knob('faults', { fault: 'delay', params: { delayMs: 10_000 } });
    const startedAt = performance.now();
    const response = await assistant.ask('explain', QUESTION);
    expect(response.status).toBe(504);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(TIMEOUT_MS - 20);
    expect(assistant.samples).toMatchObject([{ outcome: 'failed' }, { outcome: 'failed' }]);
  });

  test.each(['blocked-prompt', 'max-tokens'])(
    'with %s is not answered for by the baseline',
    async (fault) => {
      await assistant.emulator.knob('faults', { fault, model: CANDIDATE });
      const response = await assistant.ask('explain', QUESTION);
      expect(response.status).toBe(fault === 'blocked-prompt' ? 422 : 200);
      expect(assistant.samples.map(({ modelVersion }) => modelVersion)).toEqual([CANDIDATE]);
    },
  );

  test('and breaks off after its first piece is not answered for by the baseline', async () => {
    await assistant.emulator.knob('faults', { fault: 'cut-between', model: CANDIDATE });
    const events = eventsOf(await (await assistant.ask('explain', QUESTION, EVENTS)).text());
    expect(events.at(-1)?.event).toBe('error');
    expect(assistant.samples).toMatchObject([{ modelVersion: CANDIDATE, outcome: 'failed' }]);
  });
});

describe('a version that meets one 503', () => {
  let assistant: TestAssistant;

  beforeAll(async () => {
    assistant = await startAssistant({ timeoutMs: 20_000 });
  });
  afterAll(() => assistant.close());

  test('is asked again when nobody stands in for it, and only then', async () => {
    assistant.traffic.draw = () => candidateArm;
    await assistant.emulator.knob('faults', { fault: '503', model: CANDIDATE });
    await assistant.emulator.knob('faults', { fault: '503', model: BASE_MODEL, times: 1 });
    const info = await infoOf(await assistant.ask('explain', QUESTION));
    expect(info.model_version).toBe(BASE_MODEL);
    expect(assistant.samples.map(({ outcome }) => outcome)).toEqual(['failed', 'answered']);
    expect(await assistant.emulator.requests('generate')).toHaveLength(3);
  });
});

describe('the assignment key', () => {
  let assistant: TestAssistant;

  beforeAll(async () => {
    assistant = await startAssistant();
  });
  afterAll(() => assistant.close());

  test('reaches the splitter as it came, for every request type alike', async () => {
    const keys: (string | undefined)[] = [];
    assistant.traffic.draw = (key) => {
      keys.push(key);
      return baselineArm();
    };
    for (const path of ['explain', 'hint', 'tests', 'refactor-tips']) {
      await assistant.ask(path, QUESTION, { 'x-assignment-key': 'k-1' });
    }
    await assistant.ask('explain', QUESTION);
    expect(keys).toEqual(['k-1', 'k-1', 'k-1', 'k-1', undefined]);
  });

  test('of 256 bytes is taken, of 257 refused by name', async () => {
    const taken = await assistant.ask('explain', QUESTION, { 'x-assignment-key': 'k'.repeat(256) });
    expect(taken.status).toBe(200);
    const refused = await assistant.ask('explain', QUESTION, { 'x-assignment-key': 'k'.repeat(257) });
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain('x-assignment-key');
  });
});
