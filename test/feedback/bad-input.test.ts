import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hostileStrings, jsonBodies } from '../data/corpus.ts';
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

/** A few at a time. */
async function forEach<Item>(items: Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const left = items.values();
  const lane = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: 8 }, lane));
}

async function stored(requestId: string): Promise<unknown> {
  const rows: unknown[] = await database.db.query(
    'SELECT comment, correction FROM ai_feedback WHERE request_id = $1',
    [requestId],
  );
  return rows[0];
}

const isStorable = (text: string) => !text.includes('\0') && text.isWellFormed();

describe('hostile text', () => {
  it('in a comment and a correction is kept as it is, or refused by name', async () => {
    const outcomes = new Set<number>();
    await forEach(hostileStrings(), async ({ id, text }) => {
      const requestId = await feedback.answer();
      const body = { is_positive: true, comment: text, correction: text };
      const answer = await feedback.served.call('POST', `/api/v1/ai/feedback/${requestId}`, body);
      expect({ id, status: answer.status }).toEqual({ id, status: isStorable(text) ? 201 : 400 });
      if (isStorable(text)) expect(await stored(requestId)).toEqual({ comment: text, correction: text });
      else
        expect(answer.body.error).toMatchObject({ details: [{ field: 'comment' }, { field: 'correction' }] });
      outcomes.add(answer.status);
    });
    expect(outcomes).toEqual(new Set([201, 400]));
  });

  it('as a request id is 404, never an error of the database', async () => {
    const odd = hostileStrings().filter(({ text }) => text.isWellFormed() && !/^\.{0,2}$/.test(text));
    await forEach(odd, async ({ id, text }) => {
      const path = `/api/v1/ai/feedback/${encodeURIComponent(text)}`;
      const given = await feedback.served.call('POST', path, { is_positive: true });
      const code = given.body.error?.code;
      expect({ id, status: given.status, code }).toEqual({ id, status: 404, code: 'context_expired' });
      expect(await feedback.served.call('DELETE', path)).toMatchObject({ status: 404 });
    });
  });

  it('in a broken escape of the path is 400', async () => {
    const answer = await feedback.served.call('POST', '/api/v1/ai/feedback/%ff', { is_positive: true });
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_input' } } });
  });
});

describe('a body', () => {
  it('of any of the odd shapes is 400 with the field at fault, and nothing is stored', async () => {
    const requestId = await feedback.answer();
    await forEach(jsonBodies(), async ({ name, body_b64 }) => {
      const body = Buffer.from(body_b64, 'base64');
      const answer = await feedback.served.call('POST', `/api/v1/ai/feedback/${requestId}`, body);
      expect({ name, status: answer.status }).toEqual({ name, status: 400 });
      expect(answer.body.error?.details).toEqual([
        { field: expect.any(String), message: expect.any(String) },
      ]);
    });
    expect(await feedback.contexts.get(requestId)).toBeDefined();
  });

  it.each([
    [{}, 'is_positive'],
    [{ is_positive: 'true' }, 'is_positive'],
    [{ is_positive: 1 }, 'is_positive'],
    [{ is_positive: null }, 'is_positive'],
    [{ is_positive: true, comment: 7 }, 'comment'],
    [{ is_positive: true, comment: 'x'.repeat(4_001) }, 'comment'],
    [{ is_positive: true, correction: ['x'] }, 'correction'],
    [{ is_positive: true, correction: 'x'.repeat(65_537) }, 'correction'],
  ])('with a wrong field is 400 and names it: %#', async (body, field) => {
    const requestId = await feedback.answer();
    const answer = await feedback.served.call('POST', `/api/v1/ai/feedback/${requestId}`, body);
    expect(answer).toMatchObject({
      status: 400,
      body: { ok: false, error: { code: 'invalid_input', details: [{ field }] } },
    });
  });

  it('with unknown fields is taken without them', async () => {
    const requestId = await feedback.answer();
    const answer = await feedback.served.call('POST', `/api/v1/ai/feedback/${requestId}`, {
      is_positive: true,
      user_id: 'never stored',
    });
    expect(answer.status).toBe(201);
  });
});
