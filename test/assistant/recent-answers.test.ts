import { expect, test } from '@jest/globals';
import { createRecentAnswers } from '../../src/assistant/recent-answers.ts';

test('tells of calls that fail in a row, until one is answered or nobody has asked for a minute', () => {
  let nowMs = 0;
  const recent = createRecentAnswers(() => nowMs);
  const told: number[] = [];
  for (const outcome of [
    'failed',
    'failed',
    'caller_gone',
    'failed',
    'failed',
    'answered',
    'failed',
  ] as const) {
    recent.answer({ outcome });
    told.push(recent.failures());
  }
  expect(told).toEqual([0, 0, 0, 3, 4, 0, 0]);
  for (let i = 0; i < 3; i += 1) recent.answer({ outcome: 'failed' });
  expect(recent.failures()).toBe(4);
  nowMs += 61_000;
  expect(recent.failures()).toBe(0);
});
