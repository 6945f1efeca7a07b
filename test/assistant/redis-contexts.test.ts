import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { createClient } from 'redis';
import type { ContextStore } from '../../src/assistant/context.ts';
import { createRedisContexts } from '../../src/assistant/redis-contexts.ts';
import { valkeyUrl } from '../setup/servers.ts';
import { log, open, redisStore, someContext, until, untilState } from './contexts-support.ts';
import { ownValkey } from './valkey.ts';

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
