import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RatedAnswer } from '../../src/assistant/regenerate.ts';
import { eventsOf, failureOf, infoOf, startAssistant, type TestAssistant } from './support.ts';

const rated: RatedAnswer = {
  requestType: 'tests',
  prompt: 'Write tests for the stored code.',
  segment: 'beginner',
  promptVersion: 'tests-1',
  contextExpiresAt: new Date(Date.now() + 60_000),
  deleted: false,
};

describe('a second answer', () => {
  let assistant: TestAssistant;
  const again = (id: string, headers: Record<string, string> = {}) =>
    assistant.ask(`answers/${id}/regenerate`, '', headers);

  beforeAll(async () => {
    assistant = await startAssistant();
  });
  afterAll(() => assistant.close());

  test('to an answer that waits for its thumb has its prompt and names it', async () => {
    const body = { code: 'let x = 1', segment: 'expert' };
    const first = await infoOf(await assistant.ask('refactor-tips', body));
    const second = await infoOf(await again(first.request_id));
    expect(second).toMatchObject({ request_type: 'refactor_tips', regenerated_from: first.request_id });
    expect(second.request_id).not.toBe(first.request_id);
    const one = await assistant.contexts.get(first.request_id);
    const two = await assistant.contexts.get(second.request_id);
    expect(two).toMatchObject({
      prompt: one?.prompt,
      segment: 'expert',
      promptVersion: one?.promptVersion,
      regeneratedFrom: first.request_id,
    });
    expect(one?.regeneratedFrom).toBeUndefined();
  });

  test('to a rated one works from its row, as events too', async () => {
    const id = randomUUID();
    assistant.rated.set(id, rated);
    const events = eventsOf(await (await again(id, { accept: 'text/event-stream' })).text());
    const done = events.at(-1);
    expect(done).toMatchObject({ event: 'done', data: { request_type: 'tests', regenerated_from: id } });
    const context = await assistant.contexts.get(done?.data.request_id ?? '');
    expect(context).toMatchObject({ prompt: rated.prompt, segment: 'beginner', promptVersion: 'tests-1' });
  });

  test.each([
    ['whose time is over', { ...rated, contextExpiresAt: new Date(Date.now() - 1) }],
    ['of the Go service', { ...rated, contextExpiresAt: null }],
    ['whose thumb was taken back', { ...rated, deleted: true }],
  ])('to a rated one %s is 404', async (_which, row) => {
    const id = randomUUID();
    assistant.rated.set(id, row);
    const response = await again(id);
    expect(response.status).toBe(404);
    expect(await failureOf(response)).toMatchObject({ code: 'context_expired' });
  });

  test.each([randomUUID(), 'x', '%00', '..%2F..%2Fetc', 'a'.repeat(4_000), '%F0%9F%98%80'])(
    'to an id that is not known (%s) is 404',
    async (id) => {
      expect((await again(id)).status).toBe(404);
    },
  );

  test('takes no answer to itself to be one with fields of its own', async () => {
    const { request_id } = await infoOf(await assistant.ask('explain', { code: 'x' }));
    const response = await assistant.ask(`answers/${request_id}/regenerate`, {
      code: 'other',
      segment: 'nobody',
    });
    const { request_id: second } = await infoOf(response);
    expect((await assistant.contexts.get(second))?.segment).toBeUndefined();
  });
});
