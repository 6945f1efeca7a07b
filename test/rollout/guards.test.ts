import { describe, expect, test } from '@jest/globals';
import {
  addMinute,
  burning,
  firedGuards,
  type GuardStratum,
  type Guards,
  quietGuards,
  referenceRate,
} from '../../src/rollout/guards.ts';
import { randomFrom } from './trial.ts';

describe('The guard over errors', () => {
  test('fires when the candidate fails far more often than the baseline beside it', () => {
    const { guards, minutes } = watch({ candidateRate: 0.2, baselineRate: 0.02, seed: 1, minutes: 200 });
    expect(firedGuards(guards)).toEqual(['errors']);
    expect(minutes).toBeLessThan(60);
  });

  test('stays quiet when both fail alike, however much they fail', () => {
    const fired = [0.01, 0.3].flatMap((rate) =>
      Array.from({ length: 100 }, (_, seed) =>
        watch({ candidateRate: rate, baselineRate: rate, seed, minutes: 100 }),
      ).filter(({ guards }) => firedGuards(guards).length > 0),
    );
    expect(fired.length).toBeLessThanOrEqual(2);
  });

  test('watches a candidate at 100 % against the rate its baseline had', () => {
    const baselineRate = referenceRate({ requests: 5000, incidents: 50 });
    const minute = (incidents: number): GuardStratum => ({
      candidate: { requests: 100, incidents },
      baselineRate,
    });
    const fold = (incidents: number, minutes: number) =>
      Array.from({ length: minutes }).reduce<Guards>(
        (sum) => addMinute(sum, 'errors', minute(incidents)),
        quietGuards(),
      );
    expect(firedGuards(fold(1, 1440))).toEqual([]);
    expect(firedGuards(fold(10, 10))).toEqual(['errors']);
  });

  test('never grows more suspicious of a candidate that fails less', () => {
    const after = (incidents: number) =>
      addMinute(quietGuards(), 'errors', {
        candidate: { requests: 40, incidents },
        baseline: { requests: 40, incidents: 4 },
      }).errors.logE;
    const all = Array.from({ length: 41 }, (_, incidents) => after(incidents));
    expect(all).toEqual([...all].sort((a, b) => a - b));
  });
});

describe('A fast burn', () => {
  const arms = (candidate: [number, number], baseline: [number, number]): GuardStratum => ({
    candidate: { incidents: candidate[0], requests: candidate[1] },
    baseline: { incidents: baseline[0], requests: baseline[1] },
  });

  test.each([
    { title: 'ten of fifty against one of fifty', stratum: arms([10, 50], [1, 50]), burn: 'candidate' },
    { title: 'nine failures are too few', stratum: arms([9, 9], [0, 50]), burn: 'none' },
    { title: 'less than a fifth', stratum: arms([10, 51], [0, 50]), burn: 'none' },
    { title: 'less than four times the baseline', stratum: arms([10, 50], [3, 50]), burn: 'none' },
    { title: 'a baseline that burns as well', stratum: arms([50, 50], [20, 50]), burn: 'both' },
  ])('is told: $title', ({ stratum, burn }) => {
    expect(burning(stratum)).toBe(burn);
  });
});

function watch(of: { candidateRate: number; baselineRate: number; seed: number; minutes: number }) {
  const random = randomFrom(of.seed);
  const failures = (requests: number, rate: number) => ({
    requests,
    incidents: Array.from({ length: requests }).filter(() => random() < rate).length,
  });
  let guards = quietGuards();
  let minutes = 0;
  while (minutes < of.minutes && firedGuards(guards).length === 0) {
    minutes++;
    const stratum = { candidate: failures(5, of.candidateRate), baseline: failures(45, of.baselineRate) };
    guards = addMinute(guards, 'errors', stratum);
  }
  return { guards, minutes };
}
