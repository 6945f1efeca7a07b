import { describe, expect, test } from '@jest/globals';
import {
  addStratum,
  BETTER_ALTERNATIVES,
  type Evidence,
  HARM_ALTERNATIVES,
  noEvidence,
  safeAlternatives,
  stageTests,
} from '../../src/rollout/evidence.ts';
import type { Table } from '../../src/rollout/statistics.ts';
import { type Row, SEQUENCE_A, SEQUENCE_B } from './check-values.ts';
import { randomFrom, strataOf } from './trial.ts';

const TESTS = stageTests(0.7, 0.1);

describe('The evidence of a stage', () => {
  test.each([
    { name: 'A', rows: SEQUENCE_A },
    { name: 'B', rows: SEQUENCE_B },
  ])('follows the exactly computed sequence $name, stratum by stratum', ({ rows }) => {
    let evidence = noEvidence();
    for (const row of rows) {
      evidence = addStratum(evidence, tableOf(row), TESTS);
      expect(evidence.harm.logE).toBeCloseTo(row.logEHarm!, 10);
      expect(evidence.safe.logE).toBeCloseTo(row.logESafe!, 10);
    }
  });

  test('keeps the highest e-value it has reached, though later strata speak against it', () => {
    const good = { nCandidate: 10, nBaseline: 10, xCandidate: 10, xBaseline: 3 };
    const bad = { nCandidate: 10, nBaseline: 10, xCandidate: 3, xBaseline: 10 };
    const up = addStratum(noEvidence(), good, TESTS);
    const down = addStratum(up, bad, TESTS);
    expect(down.better.logE).toBeLessThan(up.better.logE);
    expect(down.better.peakLogE).toBe(up.better.logE);
  });

  test('learns nothing from a stratum with one arm only', () => {
    const lonely = { nCandidate: 20, nBaseline: 0, xCandidate: 3, xBaseline: 0 };
    const { harm, safe, better } = addStratum(noEvidence(), lonely, TESTS);
    expect([harm.logE, safe.logE, better.logE]).toEqual([0, 0, 0]);
  });

  test.each([
    { name: 'harm', alternatives: HARM_ALTERNATIVES },
    { name: 'safe', alternatives: safeAlternatives(0.6) },
    { name: 'better', alternatives: BETTER_ALTERNATIVES },
  ])('mixes the alternatives of $name with weights that sum to 1', ({ alternatives }) => {
    expect(alternatives.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12);
  });

  test('looks for the printed odds ratios of −3, −5, −10 and −20 points', () => {
    const printed = [0.87012987013, 0.795918367347, 0.642857142857, 0.428571428571];
    expect(HARM_ALTERNATIVES.map(({ psi }) => Number(psi.toFixed(12)))).toEqual(printed);
  });
});

describe('Over many rollouts, looked at after every stratum', () => {
  const equal = { atTen: rollouts(0.1, 0.7), atFifty: rollouts(0.5, 0.7) };
  const tenPointsWorse = rollouts(0.5, 0.6);

  test.each(['atTen', 'atFifty'] as const)(
    'an equal candidate is rarely called harmful or better (%s)',
    (at) => {
      expect(shareAbove(equal[at], 'harm', 20)).toBeLessThanOrEqual(0.05);
      expect(shareAbove(equal[at], 'better', 20)).toBeLessThanOrEqual(0.05);
    },
  );

  test('a candidate exactly at the margin is rarely called safe', () => {
    expect(shareAbove(tenPointsWorse, 'safe', 20)).toBeLessThanOrEqual(0.05);
  });

  test('a candidate 10 points worse is mostly called harmful once 1,600 ratings are in', () => {
    expect(shareAbove(tenPointsWorse, 'harm', 40)).toBeGreaterThan(0.8);
  });
});

/** 400 rollouts of 80 strata each, from a fixed seed. */
function rollouts(share: number, candidateRate: number): Evidence[] {
  const random = randomFrom(20_261_125);
  return Array.from({ length: 400 }, () =>
    strataOf({ random, share, candidateRate, baselineRate: 0.7, strata: 80 }).reduce(
      (evidence, table) => addStratum(evidence, table, TESTS),
      noEvidence(),
    ),
  );
}

function shareAbove(all: readonly Evidence[], of: 'harm' | 'safe' | 'better', threshold: number): number {
  return all.filter((evidence) => evidence[of].peakLogE >= Math.log(threshold)).length / all.length;
}

function tableOf(row: Row): Table {
  return {
    nCandidate: row.n_c!,
    nBaseline: row.n_b!,
    xCandidate: row.x_c!,
    xBaseline: row.x_b!,
  };
}
