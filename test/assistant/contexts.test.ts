import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createClient } from 'redis';
import type { ContextStore, RequestContext } from '../../src/assistant/context.ts';
import { createNodeCacheContexts } from '../../src/assistant/node-cache-contexts.ts';
import { createRedisContexts } from '../../src/assistant/redis-contexts.ts';
import { valkeyUrl } from '../setup/servers.ts';
import { readableLog } from './support.ts';
import { ownValkey } from './valkey.ts';

const { log } = readableLog();
const open: ContextStore[] = [];

afterEach(async () => {
  for (const store of open.splice(0)) await store.close();
});

function someContext(changes: Partial<RequestContext> = {}): RequestContext {
  return {
    requestId: randomUUID(),
    requestType: 'explain',
    prompt: 'Explain `x`. 😀\u2028',
    response: 'An answer.',
    modelVersion: 'gemini-3.5-flash-lite',
    timestamp: Date.now(),
    promptVersion: 'explain-1',
    providerModel: undefined,
    segment: undefined,
    regeneratedFrom: undefined,
    trainable: true,
    gate: undefined,
    assignmentHash: undefined,
    ...changes,
  };
}

interface StoreOptions {
  ttlMs?: number;
  maxBytes?: number;
}

async function redisStore(url: string, { ttlMs = 60_000, maxBytes = 1_000_000 }: StoreOptions = {}) {
  const store = createRedisContexts({ url, ttlMs, maxBytes, log });
  open.push(store);
  await untilState(store, 'up');
  return store;
}

const implementations: [string, (options?: StoreOptions) => Promise<ContextStore>][] = [
  [
    'node-cache',
    async ({ ttlMs = 60_000, maxBytes = 1_000_000 } = {}) => {
      const store = createNodeCacheContexts({ ttlMs, maxBytes, log });
      open.push(store);
      return store;
    },
  ],
  ['Redis', (options) => redisStore(valkeyUrl(), options)],
];

describe.each(implementations)('contexts in %s', (_name, create) => {
  test('come back as they were put, all fields or the least', async () => {
    const store = await create();
    const full = someContext({
      providerModel: 'gemini-3.5-flash-lite',
      segment: 'beginner',
      regeneratedFrom: randomUUID(),
      trainable: false,
      gate: { rolloutId: randomUUID(), stage: 50 },
      assignmentHash: 'h',
    });
    const least = someContext();
    await store.put(full);
    await store.put(least);
    expect(await store.get(full.requestId)).toEqual(full);
    expect(await store.get(least.requestId)).toEqual(least);
  });

  test('that were never put, or were deleted, are not found', async () => {
    const store = await create();
    const context = someContext();
    await store.put(context);
    await store.delete(context.requestId);
    await store.delete(context.requestId);
    expect(await store.get(context.requestId)).toBeUndefined();
    expect(await store.get(randomUUID())).toBeUndefined();
    expect(await store.count()).toBe(0);
  });

  test('expire, and are not counted from then on', async () => {
    const store = await create({ ttlMs: 150 });
    const context = someContext();
    await store.put(context);
    await until(async () => (await store.count()) === 0);
    await untilState(store, 'up');
    expect(await store.get(context.requestId)).toBeUndefined();
  });

  test('live on when they are renewed, while others expire', async () => {
    const ttlMs = 400;
    const store = await create({ ttlMs });
    const renewed = someContext();
    const left = someContext();
    const seen = await withoutStalls(ttlMs / 2, async (step) => {
      await untilState(store, 'up');
      await store.put(renewed);
      await store.put(left);
      while (await store.get(left.requestId)) {
        step();
        await store.renew(renewed.requestId);
        await store.renew(randomUUID());
        await sleep(20);
      }
      return { renewed: await store.get(renewed.requestId), count: await store.count() };
    });
    expect(seen).toEqual({ renewed, count: 1 });
  });

  test('that are put again count once and are the later ones', async () => {
    const store = await create();
    const context = someContext();
    await store.put(context);
    await store.put({ ...context, response: 'Another.' });
    expect(await store.count()).toBe(1);
    expect((await store.get(context.requestId))?.response).toBe('Another.');
  });

  test('know a key’s first thumb in each stage of each rollout', async () => {
    const store = await create();
    const first = { rolloutId: randomUUID(), stage: 10 };
    const second = { ...first, stage: 50 };
    const asked = [
      await store.isFirstThumb(first, 'a'),
      await store.isFirstThumb(first, 'a'),
      await store.isFirstThumb(first, 'b'),
      await store.isFirstThumb(second, 'a'),
      await store.isFirstThumb({ rolloutId: randomUUID(), stage: 10 }, 'a'),
      await store.isFirstThumb(first, 'a'),
      await store.isFirstThumb(second, 'a'),
    ];
    expect(asked).toEqual([true, false, true, true, true, false, false]);
  });

  test('take a key’s first thumb back when it could not be stored', async () => {
    const store = await create();
    const gate = { rolloutId: randomUUID(), stage: 10 };
    await store.isFirstThumb(gate, 'a');
    await store.isFirstThumb(gate, 'b');
    await store.forgetFirstThumb(gate, 'a');
    expect([await store.isFirstThumb(gate, 'a'), await store.isFirstThumb(gate, 'b')]).toEqual([true, false]);
  });

  test('are up', async () => {
    expect(await (await create()).state()).toBe('up');
  });
});

describe('the memory of one process', () => {
  test('lets the oldest go when it is full, and says so', async () => {
    const told = readableLog();
    const store = createNodeCacheContexts({ ttlMs: 60_000, maxBytes: 100_000, log: told.log });
    open.push(store);
    const contexts = Array.from({ length: 30 }, () => someContext({ response: 'x'.repeat(9_000) }));
    for (const context of contexts) await store.put(context);
    const kept = await store.count();
    expect(kept).toBeGreaterThanOrEqual(9);
    expect(kept).toBeLessThanOrEqual(10);
    expect(store.evicted()).toBe(30 - kept);
    const found = await Promise.all(contexts.map(({ requestId }) => store.get(requestId)));
    expect(found.map((context) => context !== undefined)).toEqual(contexts.map((_, at) => at >= 30 - kept));
    expect(told.lines).toMatchObject([{ event: 'feedback_context.evicted', count: 1, evicted_total: 1 }]);
    expect(told.text()).not.toContain('xxx');
  });

  test('lets a renewed one stay longer than those that came after it', async () => {
    const store = createNodeCacheContexts({ ttlMs: 60_000, maxBytes: 50_000, log });
    open.push(store);
    const contexts = Array.from({ length: 6 }, () => someContext({ response: 'x'.repeat(9_000) }));
    const [first, second] = contexts;
    for (const [at, context] of contexts.entries()) {
      await store.put(context);
      if (at === 3) await store.renew(first?.requestId ?? '');
    }
    expect(await store.get(first?.requestId ?? '')).toBeDefined();
    expect(await store.get(second?.requestId ?? '')).toBeUndefined();
  });

  test('forgets the raters of old stages', async () => {
    const store = createNodeCacheContexts({ ttlMs: 60_000, maxBytes: 50_000, log });
    open.push(store);
    const stages = [1, 2, 3, 4].map((stage) => ({ rolloutId: 'r', stage }));
    for (const gate of stages) await store.isFirstThumb(gate, 'a');
    expect(await store.isFirstThumb({ rolloutId: 'r', stage: 4 }, 'a')).toBe(false);
    expect(await store.isFirstThumb({ rolloutId: 'r', stage: 1 }, 'a')).toBe(true);
  });
});

describe('several processes on one Redis', () => {
  test('find and count each other’s contexts, and share the first thumbs', async () => {
    const url = valkeyUrl();
    const [one, other] = [await redisStore(url), await redisStore(url)];
    const context = someContext();
    await one.put(context);
    expect(await other.get(context.requestId)).toEqual(context);
    expect(await other.count()).toBe(1);
    expect(await one.isFirstThumb({ rolloutId: 'r', stage: 10 }, 'a')).toBe(true);
    expect(await other.isFirstThumb({ rolloutId: 'r', stage: 10 }, 'a')).toBe(false);
    await other.delete(context.requestId);
    expect(await one.get(context.requestId)).toBeUndefined();
  });
});

describe('what another version of the program wrote', () => {
  test.each(['{}', 'not JSON'])('%s counts as expired', async (written) => {
    const url = valkeyUrl();
    const store = await redisStore(url);
    const redis = await createClient({ url }).connect();
    await redis.set('thumbwheel:context:other', written);
    await redis.close();
    expect(await store.get('other')).toBeUndefined();
  });
});

describe('a Redis that goes away', () => {
  test('killed: contexts stay here, unknown ones are 503, and all heals when it is back', async () => {
    const valkey = await ownValkey();
    try {
      const [store, other] = [await redisStore(valkey.url), await redisStore(valkey.url)];
      await valkey.kill();
      await untilState(store, 'down');
      const context = someContext();
      await store.put(context);
      expect(await store.get(context.requestId)).toEqual(context);
      expect(await store.count()).toBe(1);
      await expectUnavailable(other, context.requestId);
      expect(await store.isFirstThumb({ rolloutId: 'r', stage: 10 }, 'a')).toBe(true);
      expect(await store.isFirstThumb({ rolloutId: 'r', stage: 10 }, 'a')).toBe(false);
      await store.renew(context.requestId);

      await valkey.restart();
      await untilState(store, 'up');
      await untilState(other, 'up');
      await until(async () => (await other.get(context.requestId)) !== undefined);
      expect(await other.get(context.requestId)).toEqual(context);
      expect(await store.count()).toBe(1);
      await other.delete(context.requestId);
      expect(await store.get(context.requestId)).toBeUndefined();
    } finally {
      await valkey.kill();
    }
  });

  test('frozen: nobody waits for it longer than half a second once, and it heals when it thaws', async () => {
    const valkey = await ownValkey();
    try {
      const store = await redisStore(valkey.url);
      const before = someContext();
      await store.put(before);
      valkey.freeze();
      const startedAt = performance.now();
      const contexts = Array.from({ length: 40 }, () => someContext());
      for (const context of contexts) await store.put(context);
      await expectUnavailable(store, before.requestId);
      // Half a second each would be twenty; a busy machine may take some.
      expect(performance.now() - startedAt).toBeLessThan(10_000);
      expect(await store.state()).toBe('down');
      expect(await store.count()).toBe(40);
      valkey.thaw();
      await untilState(store, 'up');
      expect(await store.get(before.requestId)).toEqual(before);
      await until(async () => (await store.count()) === 41);
    } finally {
      valkey.thaw();
      await valkey.kill();
    }
  });

  test('from the start on is no reason to wait', async () => {
    const store = createRedisContexts({
      url: 'redis://127.0.0.1:1',
      ttlMs: 60_000,
      maxBytes: 1_000_000,
      log,
    });
    open.push(store);
    const context = someContext();
    await store.put(context);
    expect(await store.get(context.requestId)).toEqual(context);
    await expectUnavailable(store, randomUUID());
    expect(await store.state()).toBe('down');
  });
});

async function expectUnavailable(store: ContextStore, requestId: string): Promise<void> {
  await expect(store.get(requestId)).rejects.toMatchObject({
    code: 'contexts_unavailable',
    retryAfterSeconds: expect.any(Number),
  });
}

async function untilState(store: ContextStore, wanted: 'up' | 'down'): Promise<void> {
  await until(async () => (await store.state()) === wanted);
}

/**
 * Plays a scene, and again where the machine stood still in it: then it shows nothing.
 * Between two calls of `step`, and before and after them, less than `limitMs` may pass.
 */
async function withoutStalls<T>(limitMs: number, scene: (step: () => void) => Promise<T>): Promise<T> {
  for (;;) {
    const times = [performance.now()];
    const step = () => void times.push(performance.now());
    const [played] = await Promise.allSettled([scene(step)]);
    step();
    const stoodStill = times.some((time, at) => time - (times[at - 1] ?? time) >= limitMs);
    if (stoodStill) continue;
    if (played.status === 'rejected') throw played.reason;
    return played.value;
  }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(10);
}

function sleep(ms: number): Promise<void> {
  return new Promise((wake) => setTimeout(wake, ms));
}
