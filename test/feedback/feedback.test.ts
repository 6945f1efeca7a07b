import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type OpenDatabase, openDatabase } from '../platform/postgres/open-database.ts';
import { type FeedbackUnderTest, feedbackUnderTest } from './support.ts';

let database: OpenDatabase;
let feedback: FeedbackUnderTest;

beforeAll(async () => {
  database = await openDatabase();
  feedback = await feedbackUnderTest(database.db);
});

afterAll(async () => {
  await feedback.close();
  await database.close();
});

const thumb = (requestId: string, body: unknown) =>
  feedback.served.call('POST', `/api/v1/ai/feedback/${requestId}`, body);
const takeBack = (requestId: string) => feedback.served.call('DELETE', `/api/v1/ai/feedback/${requestId}`);

async function rowOf(requestId: string): Promise<Record<string, unknown> | undefined> {
  const rows: Record<string, unknown>[] = await database.db.query(
    'SELECT * FROM ai_feedback WHERE request_id = $1',
    [requestId],
  );
  expect(rows.length).toBeLessThanOrEqual(1);
  return rows[0];
}

async function claim(requestId: string): Promise<void> {
  await database.db.query('UPDATE ai_feedback SET batch_id = $2 WHERE request_id = $1', [
    requestId,
    randomUUID(),
  ]);
}

describe('a thumb', () => {
  it('is stored with all that belongs to its answer, and takes the context away', async () => {
    const requestId = await feedback.answer({ regeneratedFrom: 'the-first-answer', trainable: false });
    const answer = await thumb(requestId, { is_positive: true, comment: 'clear', correction: 'better' });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      ok: true,
      info: { request_id: requestId, is_positive: true, changed: false },
    });
    expect(await rowOf(requestId)).toMatchObject({
      request_type: 'explain',
      prompt: 'Explain this Python code: def fib(n)...',
      response: 'This is a recursive Fibonacci function...',
      model_version: 'gemini-3.5-flash-lite',
      is_positive: true,
      exported: false,
      exported_at: null,
      deleted_at: null,
      comment: 'clear',
      correction: 'better',
      segment: 'beginner',
      regenerated_from: 'the-first-answer',
      trainable: false,
      rollout_id: null,
      batch_id: null,
    });
    expect(await feedback.contexts.get(requestId)).toBeUndefined();
  });

  it('is stored once when it comes twice at the same time', async () => {
    for (let round = 0; round < 10; round++) {
      feedback.counted.length = 0;
      const requestId = await feedback.answer();
      const answers = await Promise.all(
        Array.from({ length: 6 }, () => thumb(requestId, { is_positive: true })),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 201]);
      expect(await rowOf(requestId)).toMatchObject({ is_positive: true });
      expect(feedback.counted).toHaveLength(1);
    }
  });

  it('ends as one of the two when both come at the same time', async () => {
    const requestId = await feedback.answer();
    feedback.counted.length = 0;
    const answers = await Promise.all([
      thumb(requestId, { is_positive: true }),
      thumb(requestId, { is_positive: false }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 201]);
    const row = await rowOf(requestId);
    const sum = { positives: 0, negatives: 0 };
    for (const { positives, negatives } of feedback.counted) {
      sum.positives += positives;
      sum.negatives += negatives;
    }
    expect(sum).toEqual(row?.is_positive ? { positives: 1, negatives: 0 } : { positives: 0, negatives: 1 });
  });

  it('is the same again without a change, and changed by the other one or by more words', async () => {
    const requestId = await feedback.answer();
    await thumb(requestId, { is_positive: true });
    const again = await thumb(requestId, { is_positive: true });
    expect(again).toMatchObject({ status: 200, body: { info: { is_positive: true, changed: false } } });
    const other = await thumb(requestId, { is_positive: false });
    expect(other).toMatchObject({ status: 200, body: { info: { is_positive: false, changed: true } } });
    const words = await thumb(requestId, { is_positive: false, comment: 'too long' });
    expect(words).toMatchObject({ status: 200, body: { info: { is_positive: false, changed: true } } });
    expect(await rowOf(requestId)).toMatchObject({ is_positive: false, comment: 'too long' });
  });

  it('can’t be turned once an export has claimed it, while the same one is still welcome', async () => {
    const requestId = await feedback.answer();
    await thumb(requestId, { is_positive: true });
    await claim(requestId);
    const turned = await thumb(requestId, { is_positive: false });
    expect(turned).toMatchObject({ status: 409, body: { ok: false, error: { code: 'already_exported' } } });
    expect(await thumb(requestId, { is_positive: true })).toMatchObject({ status: 200 });
    expect(await rowOf(requestId)).toMatchObject({ is_positive: true });
  });

  it('is 404 at once for an answer that nobody gave or that has expired', async () => {
    const answer = await thumb(randomUUID(), { is_positive: true });
    expect(answer).toMatchObject({ status: 404, body: { error: { code: 'context_expired' } } });
    expect(answer.body.error?.message).toContain('expired after 15 minutes, or not an id this system gave');
  });

  it('counts for the gate of its stage, of one assignment key only the first', async () => {
    const gate = { rolloutId: randomUUID(), stage: 10 };
    const assignmentHash = 'the-hash-of-a-key';
    const ids = [
      await feedback.answer({ gate }),
      await feedback.answer({ gate, assignmentHash }),
      await feedback.answer({ gate, assignmentHash }),
      await feedback.answer({ gate: { ...gate, stage: 50 }, assignmentHash }),
    ];
    for (const id of ids) await thumb(id, { is_positive: true });
    const rows = await Promise.all(ids.map(rowOf));
    expect(rows.map((row) => row?.rollout_stage)).toEqual([10, 10, null, 50]);
    expect(rows.map((row) => row?.rollout_id)).toEqual([
      gate.rolloutId,
      gate.rolloutId,
      null,
      gate.rolloutId,
    ]);
  });

  it('corrects the minute in which it was first given when it is turned or taken back', async () => {
    const requestId = await feedback.answer();
    feedback.counted.length = 0;
    await thumb(requestId, { is_positive: true });
    await thumb(requestId, { is_positive: false });
    await takeBack(requestId);
    const [first, turned, withdrawn] = feedback.counted;
    expect(feedback.counted).toHaveLength(3);
    expect(first).toMatchObject({ positives: 1, negatives: 0, requestType: 'explain' });
    expect(turned).toEqual({ ...first, positives: -1, negatives: 1 });
    expect(withdrawn).toEqual({ ...first, positives: 0, negatives: -1 });
  });

  it('adds up to nothing when a thumb is turned and taken back at the same time', async () => {
    feedback.counted.length = 0;
    for (let round = 0; round < 20; round += 1) {
      const requestId = await feedback.answer();
      await thumb(requestId, { is_positive: true });
      await Promise.all([thumb(requestId, { is_positive: false }), takeBack(requestId)]);
    }
    const sum = (side: 'positives' | 'negatives') =>
      feedback.counted.reduce((total, counted) => total + counted[side], 0);
    expect([sum('positives'), sum('negatives')]).toEqual([0, 0]);
  });
});

describe('a thumb taken back', () => {
  it('is marked as deleted, a second time without a change, and can’t be given again', async () => {
    const requestId = await feedback.answer();
    await thumb(requestId, { is_positive: true });
    expect(await takeBack(requestId)).toMatchObject({
      status: 200,
      body: { info: { request_id: requestId, is_positive: true, changed: true } },
    });
    expect(await takeBack(requestId)).toMatchObject({ status: 200, body: { info: { changed: false } } });
    expect((await rowOf(requestId))?.deleted_at).toBeInstanceOf(Date);
    const again = await thumb(requestId, { is_positive: true });
    expect(again).toMatchObject({ status: 404, body: { error: { code: 'context_expired' } } });
  });

  it('stays taken back when a copy of its context turns up again', async () => {
    const requestId = await feedback.answer();
    await thumb(requestId, { is_positive: true });
    await takeBack(requestId);
    await feedback.answer({ requestId });
    expect(await thumb(requestId, { is_positive: true })).toMatchObject({ status: 404 });
  });

  it('works after an export too', async () => {
    const requestId = await feedback.answer();
    await thumb(requestId, { is_positive: true });
    await claim(requestId);
    expect(await takeBack(requestId)).toMatchObject({ status: 200 });
  });

  it('is 404 where there is no thumb, and the answer can still be rated', async () => {
    const requestId = await feedback.answer();
    const answer = await takeBack(requestId);
    expect(answer).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } });
    expect(await thumb(requestId, { is_positive: false })).toMatchObject({ status: 201 });
  });
});

describe('the statistics', () => {
  it('count thumbs that are there, and answers that wait', async () => {
    const own = await openDatabase();
    const room = await feedbackUnderTest(own.db);
    const ids = await Promise.all(Array.from({ length: 6 }, () => room.answer()));
    const [up, down, claimed, withdrawn] = ids;
    for (const id of [up, claimed, withdrawn]) {
      await room.served.call('POST', `/api/v1/ai/feedback/${id}`, { is_positive: true });
    }
    await room.served.call('POST', `/api/v1/ai/feedback/${down}`, { is_positive: false });
    await room.served.call('DELETE', `/api/v1/ai/feedback/${withdrawn}`);
    await own.db.query('UPDATE ai_feedback SET batch_id = $2 WHERE request_id = $1', [claimed, randomUUID()]);
    const stats = await room.served.call('GET', '/api/v1/ai/feedback/stats');
    expect(stats.body).toEqual({
      ok: true,
      info: { total_count: 3, positive_count: 2, unexported_count: 2, cached_contexts: 2 },
    });
    await room.close();
    await own.close();
  });
});
