import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { createNodeCacheContexts } from '../../src/assistant/node-cache-contexts.ts';
import { createFeedbackStore } from '../../src/feedback/store.ts';
import { createFeedback } from '../../src/feedback/submit.ts';
import { type OpenDatabase, openDatabase, silent } from '../platform/postgres/open-database.ts';
import { anAnswer, TTL_MS } from './support.ts';

let database: OpenDatabase;

beforeAll(async () => {
  database = await openDatabase();
});

afterAll(() => database.close());

function loggedRoom() {
  const lines: string[] = [];
  const log = pino({ messageKey: 'message' }, { write: (line: string) => void lines.push(line) });
  const contexts = createNodeCacheContexts({ ttlMs: TTL_MS, maxBytes: 1_000_000, log: silent });
  const store = createFeedbackStore({ db: database.db });
  const metrics = { thumb: () => undefined };
  const feedback = createFeedback({ store, contexts, metrics, contextTtlMs: TTL_MS, log });
  return { lines, contexts, store, feedback };
}

describe('the log', () => {
  it('tells whether a thumb found its answer, by eight characters of the id and nothing of the texts', async () => {
    const { lines, contexts, feedback } = loggedRoom();
    const context = anAnswer({ prompt: 'secret prompt', response: 'secret response' });
    await contexts.put(context);
    await feedback.submitFeedback(context.requestId, { isPositive: true, comment: 'secret comment' });
    const unknown = randomUUID();
    await expect(feedback.submitFeedback(unknown, { isPositive: true })).rejects.toThrow();
    await expect(feedback.submitFeedback('no id at all', { isPositive: true })).rejects.toThrow();
    const events = lines.map((line): Record<string, unknown> => JSON.parse(line));
    expect(events.map(({ event, request }) => [event, request])).toEqual([
      ['feedback_context.hit', context.requestId.slice(0, 8)],
      ['feedback_context.miss', unknown.slice(0, 8)],
      ['feedback_context.miss', 'no id at'],
    ]);
    expect(lines.join('')).not.toContain('secret');
    expect(lines.join('')).not.toContain(context.requestId);
    await contexts.close();
  });
});

describe('a rated answer', () => {
  it('can be found for a second answer, with the time its context would have lived', async () => {
    const { contexts, feedback, store } = loggedRoom();
    const context = anAnswer({ requestType: 'hint', segment: undefined });
    await contexts.put(context);
    expect(await store.findRated(context.requestId)).toBeUndefined();
    await feedback.submitFeedback(context.requestId, { isPositive: false });
    expect(await store.findRated(context.requestId)).toEqual({
      requestType: 'hint',
      prompt: context.prompt,
      segment: null,
      promptVersion: '1',
      contextExpiresAt: new Date(context.timestamp + TTL_MS),
      deleted: false,
    });
    await feedback.withdraw(context.requestId);
    expect(await store.findRated(context.requestId)).toMatchObject({ deleted: true });
    await contexts.close();
  });
});
