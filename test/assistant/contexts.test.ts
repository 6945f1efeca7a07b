import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { ContextStore } from '../../src/assistant/context.ts';
import { createNodeCacheContexts } from '../../src/assistant/node-cache-contexts.ts';
import { valkeyUrl } from '../setup/servers.ts';
import {
  log,
  open,
  redisStore,
  type StoreOptions,
  sleep,
  someContext,
  until,
  untilState,
} from './contexts-support.ts';
import { readableLog } from './support.ts';

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
