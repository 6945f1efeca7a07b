import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  emptyLatencyCounts,
  LATENCY_BOUNDS_MS,
  latencyBucket,
  latencyQuantileMs,
} from '../../src/metrics/histogram.ts';

function countsOf(latencies: readonly number[]): number[] {
  const counts = emptyLatencyCounts();
  for (const latency of latencies) {
    const bucket = latencyBucket(latency);
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  return counts;
}

const latencies = fc.array(fc.integer({ min: 0, max: 90_000 }), { minLength: 1, maxLength: 300 });

describe('latency buckets', () => {
  it('hold their upper bound, and the last one everything slower', () => {
    expect(latencyBucket(0)).toBe(0);
    expect(latencyBucket(10)).toBe(0);
    expect(latencyBucket(10.5)).toBe(1);
    expect(latencyBucket(60_001)).toBe(LATENCY_BOUNDS_MS.length);
  });

  it('give no quantile without answers', () => {
    expect(latencyQuantileMs(emptyLatencyCounts(), 0.95)).toBeNull();
  });

  it('estimate a quantile linearly within its bucket, and by the lower bound in the open one', () => {
    expect(latencyQuantileMs(countsOf(new Array(100).fill(170)), 0.5)).toBe(175);
    expect(latencyQuantileMs(countsOf([90_000]), 0.5)).toBe(60_000);
  });

  it('keep every estimate within the bucket of the true quantile', () => {
    fc.assert(
      fc.property(latencies, fc.constantFrom(0.5, 0.95), (values, quantile) => {
        const sorted = [...values].sort((a, b) => a - b);
        const exact = sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)] ?? 0;
        const estimate = latencyQuantileMs(countsOf(values), quantile) ?? -1;
        const bucket = latencyBucket(exact);
        expect(estimate).toBeGreaterThanOrEqual(LATENCY_BOUNDS_MS[bucket - 1] ?? 0);
        expect(estimate).toBeLessThanOrEqual(LATENCY_BOUNDS_MS[bucket] ?? 60_000);
      }),
    );
  });
});
