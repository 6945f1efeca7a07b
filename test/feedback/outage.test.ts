import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createNodeCacheContexts } from '../../src/assistant/node-cache-contexts.ts';
import { AppError } from '../../src/errors.ts';
import { createDataSource } from '../../src/platform/postgres/data-source.ts';
import { silent } from '../platform/postgres/open-database.ts';
import { severable } from '../platform/postgres/severable.ts';
import { testDatabase } from '../setup/servers.ts';
import { anAnswer, feedbackUnderTest, TTL_MS } from './support.ts';

async function roomBehindSeverable() {
  const database = await testDatabase();
  const way = await severable(database.url);
  const db = await createDataSource({ url: way.url, log: silent, poolSize: 2 }).initialize();
  const renewed: string[] = [];
  const contexts = createNodeCacheContexts({ ttlMs: TTL_MS, maxBytes: 1_000_000, log: silent });
  const room = await feedbackUnderTest(db, {
    ...contexts,
    renew: (requestId) => {
      renewed.push(requestId);
      return contexts.renew(requestId);
    },
  });
  const close = async () => {
    await room.close();
    await db.destroy();
    await way.close();
    await database.drop();
  };
  return { room, db, way, renewed, close };
}

describe('while the database is down', () => {
  it('a thumb is 503 with Retry-After, its answer’s time starts anew, and sending it again works', async () => {
    const { room, way, renewed, close } = await roomBehindSeverable();
    const requestId = await room.answer();
    const path = `/api/v1/ai/feedback/${requestId}`;
    way.cut();
    const refused = await room.served.call('POST', path, { is_positive: true });
    expect(refused).toMatchObject({ status: 503, body: { error: { code: 'database_unavailable' } } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(renewed).toEqual([requestId]);
    expect(await room.contexts.get(requestId)).toBeDefined();
    expect(room.counted).toEqual([]);
    way.mend();
    expect(await room.served.call('POST', path, { is_positive: true })).toMatchObject({ status: 201 });
    await close();
  });

  it('the first thumb of an assignment key still counts for the gate when it is sent again', async () => {
    const { room, db, way, close } = await roomBehindSeverable();
    const gate = { rolloutId: randomUUID(), stage: 10 };
    const requestId = await room.answer({ gate, assignmentHash: 'a-hash' });
    const path = `/api/v1/ai/feedback/${requestId}`;
    way.cut();
    expect(await room.served.call('POST', path, { is_positive: true })).toMatchObject({ status: 503 });
    way.mend();
    expect(await room.served.call('POST', path, { is_positive: true })).toMatchObject({ status: 201 });
    const rows = await db.query('SELECT rollout_id, rollout_stage FROM ai_feedback WHERE request_id = $1', [
      requestId,
    ]);
    expect(rows).toEqual([{ rollout_id: gate.rolloutId, rollout_stage: 10 }]);
    await close();
  });

  it('an answer whose time started anew can be answered again for as long', async () => {
    const { room, db, close } = await roomBehindSeverable();
    const requestId = await room.answer({ timestamp: Date.now() - TTL_MS });
    await room.served.call('POST', `/api/v1/ai/feedback/${requestId}`, { is_positive: true });
    const rows = await db.query(
      'SELECT 1 FROM ai_feedback WHERE request_id = $1 AND context_expires_at > now()',
      [requestId],
    );
    expect(rows).toHaveLength(1);
    await close();
  });

  it('taking a thumb back and the statistics are 503', async () => {
    const { room, way, close } = await roomBehindSeverable();
    const requestId = await room.answer();
    way.cut();
    for (const [method, path] of [
      ['DELETE', `/api/v1/ai/feedback/${requestId}`],
      ['GET', '/api/v1/ai/feedback/stats'],
    ] as const) {
      const answer = await room.served.call(method, path);
      expect(answer).toMatchObject({ status: 503, body: { error: { code: 'database_unavailable' } } });
    }
    await close();
  });
});

describe('while contexts can’t be read', () => {
  it('a first thumb is 503, and one whose answer was rated before is answered from its row', async () => {
    const { room, close } = await roomBehindSeverable();
    const rated = anAnswer();
    await room.contexts.put(rated);
    await room.served.call('POST', `/api/v1/ai/feedback/${rated.requestId}`, { is_positive: true });
    room.contexts.get = async () => {
      throw new AppError('contexts_unavailable', 'Redis can’t be reached', { retryAfterSeconds: 5 });
    };
    const again = await room.served.call('POST', `/api/v1/ai/feedback/${rated.requestId}`, {
      is_positive: true,
    });
    expect(again).toMatchObject({ status: 200, body: { info: { changed: false } } });
    const first = await room.served.call('POST', `/api/v1/ai/feedback/${anAnswer().requestId}`, {
      is_positive: true,
    });
    expect(first).toMatchObject({ status: 503, body: { error: { code: 'contexts_unavailable' } } });
    await close();
  });
});
