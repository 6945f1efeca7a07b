import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { closeStrata, type Rating, STRATUM_AGE_MS } from '../../src/rollout/strata.ts';

const NOW = Date.UTC(2026, 10, 25);

function ratings(count: number, agedMs = 0): Rating[] {
  return Array.from({ length: count }, (_, i) => ({
    arm: i % 4 === 0 ? 'candidate' : 'baseline',
    positive: i % 3 !== 0,
    arrivedAtMs: NOW - agedMs,
  }));
}

describe('A stratum', () => {
  test('closes at 20 ratings, in order of arrival', () => {
    const { strata, open } = closeStrata(ratings(45), NOW);
    expect(strata.map((stratum) => stratum.ratings.length)).toEqual([20, 20]);
    expect(open).toBe(5);
    expect(strata[0]?.table).toEqual({ nCandidate: 5, nBaseline: 15, xCandidate: 3, xBaseline: 10 });
  });

  test('closes at six hours with two ratings or more', () => {
    expect(closeStrata(ratings(2, STRATUM_AGE_MS), NOW).strata).toHaveLength(1);
    expect(closeStrata(ratings(19, STRATUM_AGE_MS - 1), NOW).strata).toHaveLength(0);
    expect(closeStrata(ratings(1, 2 * STRATUM_AGE_MS), NOW)).toEqual({ strata: [], open: 1 });
  });

  test('closes whatever the thumbs are', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 70 }), fc.nat(2 * STRATUM_AGE_MS), (thumbs, agedMs) => {
        const sizes = (given: Rating[]) =>
          closeStrata(given, NOW).strata.map((stratum) => stratum.ratings.length);
        const rated = ratings(thumbs.length, agedMs);
        const others = rated.map((rating, i) => ({ ...rating, positive: thumbs[i] ?? false }));
        expect(sizes(others)).toEqual(sizes(rated));
      }),
    );
  });
});
