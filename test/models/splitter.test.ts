import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ALL_BASIS_POINTS, bucketOf, layOut, pick } from '../../src/models/splitter.ts';

describe('the bucket of a key', () => {
  it.each([
    ['salt-1', 'key-1', 2385],
    ['salt-1', 'key-2', 6036],
    ['salt-2', 'key-1', 5561],
    ['r-2024', 'user-000042', 3319],
    ['', 'ä', 7580],
  ])('agrees with the check value for %j and %j', (salt, key, bucket) => {
    expect(bucketOf(salt, key)).toBe(bucket);
  });

  it('agrees with the check value of the chi-square over 100,000 keys', () => {
    expect(chiSquare(cellsOf(100_000, 20))).toBeCloseTo(14.5092, 4);
  });

  it('is uniform over a million keys', () => {
    // 99.9 % point of the chi-square with 99 degrees of freedom; the keys are fixed, so it can't flicker.
    expect(chiSquare(cellsOf(1_000_000, 100))).toBeLessThan(148.23);
  });
});

function cellsOf(keys: number, cells: number): number[] {
  const counts = new Array<number>(cells).fill(0);
  for (let i = 0; i < keys; i++) {
    const cell = Math.floor((bucketOf('salt-1', `k${i}`) * cells) / ALL_BASIS_POINTS);
    counts[cell] = (counts[cell] ?? 0) + 1;
  }
  return counts;
}

function chiSquare(observed: readonly number[]): number {
  const expected = observed.reduce((sum, count) => sum + count, 0) / observed.length;
  return observed.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

const percent = fc.integer({ min: 0, max: 100 });
const bucket = fc.integer({ min: 0, max: ALL_BASIS_POINTS - 1 });

describe('the split', () => {
  it('moves nobody back when the candidate’s weight is raised', () => {
    fc.assert(
      fc.property(percent, percent, bucket, fc.constantFrom('a', 'z'), (one, other, at, candidate) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        const armAt = (weight: number) =>
          pick(layOut({ [candidate]: weight, middle: 100 - weight }, candidate), at);
        if (armAt(low) === candidate) expect(armAt(high)).toBe(candidate);
      }),
    );
  });

  it('moves nobody back either when a person raises one of two versions', () => {
    fc.assert(
      fc.property(percent, percent, bucket, fc.constantFrom('a', 'z'), (one, other, at, raised) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        const armAt = (weight: number) =>
          pick(layOut({ [raised]: weight, middle: 100 - weight }, undefined), at);
        if (armAt(low) === raised) expect(armAt(high)).toBe(raised);
      }),
    );
  });

  it('gives each version exactly its share of the buckets, and none to weight 0', () => {
    const shares = layOut({ base: 60, tuned: 10, newer: 30, old: 0 }, 'tuned');
    const counts: Record<string, number> = {};
    for (let at = 0; at < ALL_BASIS_POINTS; at++) {
      const name = pick(shares, at) ?? 'nobody';
      counts[name] = (counts[name] ?? 0) + 1;
    }
    expect(counts).toEqual({ base: 6_000, tuned: 1_000, newer: 3_000 });
    expect(shares[0]?.versionName).toBe('tuned');
  });
});
