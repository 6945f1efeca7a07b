import { describe, expect, it } from '@jest/globals';
import { addAnswer, noCounts } from '../../src/metrics/counts.ts';
import type { AnswerSample } from '../../src/metrics/recorder.ts';

const key = { minuteMs: 0, modelVersion: 'm', requestType: 'explain', generation: 1 };

function drawnOf(by: AnswerSample['by'], outcome: AnswerSample['outcome'] = 'answered'): number {
  const counts = noCounts(key);
  const sample = {
    latencyMs: 5,
    inputTokens: 1,
    outputTokens: 1,
    otherModel: false,
    generation: 1,
    modelVersion: 'm',
  };
  addAnswer(counts, { ...sample, requestType: 'explain', by, outcome });
  return counts.drawn;
}

describe('what a check of the split may count', () => {
  it('is every request that was drawn by itself, however it ended', () => {
    expect(drawnOf('request')).toBe(1);
    expect(drawnOf('request', 'failed')).toBe(1);
    expect(drawnOf('request', 'caller_gone')).toBe(1);
  });

  it('is no request of an assignment key, since those come in clusters', () => {
    expect(drawnOf('key')).toBe(0);
  });

  it('is no request that a fallback answered, since the split never gave it to that version', () => {
    expect(drawnOf('fallback')).toBe(0);
  });
});
