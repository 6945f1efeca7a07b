import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  logLikelihood,
  logLikelihoodAtRate,
  logLikelihoodRatio,
  logMixture,
  marginOddsRatio,
  type Table,
} from '../../src/rollout/statistics.ts';
import { LIKELIHOOD_RATIOS, type Row } from './check-values.ts';

const psi = fc.double({ min: 0.05, max: 20, noNaN: true });
const margins = fc
  .record({
    nCandidate: fc.nat(30),
    nBaseline: fc.nat(30),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ nCandidate, nBaseline, share }) => ({
    nCandidate,
    nBaseline,
    positives: Math.round(share * (nCandidate + nBaseline)),
  }));

describe('The likelihood ratio of a stratum', () => {
  test.each(LIKELIHOOD_RATIOS.map((row) => ({ row, title: Object.values(row).join(',') })))(
    'agrees with scipy.stats.nchypergeom_fisher for $title',
    ({ row }) => {
      const { psi0 = 1, psi1 = 1, log_lr = Number.NaN } = row;
      expect(logLikelihoodRatio(tableOf(row), psi1, psi0)).toBeCloseTo(log_lr, 10);
    },
  );

  test("reproduces safestats' published logrankSingleEExact example", () => {
    const y0 = [5, 4, 3, 3, 2, 1];
    const y1 = [5, 5, 4, 2, 2, 0];
    const events0 = [1, 1, 0, 1, 0, 1];
    const events1 = [0, 0, 1, 0, 1, 0];
    const product = (theta: number) =>
      Math.exp(
        y0.reduce((sum, nBaseline, i) => {
          const table = { nCandidate: y1[i]!, nBaseline, xCandidate: events1[i]!, xBaseline: events0[i]! };
          return sum + logLikelihoodRatio(table, theta, 1);
        }, 0),
      );
    expect(product(0.7)).toBeCloseTo(1.116161013548, 10);
    expect(product(1 / 0.7)).toBeCloseTo(0.76658184211, 10);
    expect((product(0.7) + product(1 / 0.7)) / 2).toBeCloseTo(0.941371427829, 10);
  });

  test('comes from probabilities that sum to 1 over all tables with the same margins', () => {
    fc.assert(
      fc.property(margins, psi, (given, at) => {
        const terms = tablesOf(given).map((table) => logCombinations(table) + logLikelihood(table, at));
        // The likelihood is known up to a constant; the least x fixes it.
        const [first] = tablesOf(given);
        const constant = first === undefined ? 0 : logCombinations(first);
        const sum = terms.reduce((total, term) => total + Math.exp(term - constant), 0);
        expect(sum).toBeCloseTo(1, 9);
      }),
    );
  });

  test('is 1 on average when the null holds, by enumeration', () => {
    fc.assert(
      fc.property(margins, psi, psi, (given, psi0, psi1) => {
        const [first] = tablesOf(given);
        const constant = first === undefined ? 0 : logCombinations(first);
        const mean = tablesOf(given).reduce((total, table) => {
          const logProbability = logCombinations(table) + logLikelihood(table, psi0) - constant;
          return total + Math.exp(logProbability + logLikelihoodRatio(table, psi1, psi0));
        }, 0);
        expect(mean).toBeCloseTo(1, 8);
      }),
    );
  });

  test('changes its sign when the two hypotheses change places', () => {
    fc.assert(
      fc.property(anyTable(), psi, psi, (table, a, b) => {
        expect(logLikelihoodRatio(table, a, b)).toBeCloseTo(-logLikelihoodRatio(table, b, a), 9);
      }),
    );
  });

  test('is that of the inverse odds ratio when the arms change places', () => {
    fc.assert(
      fc.property(anyTable(), psi, (table, at) => {
        const swapped = {
          nCandidate: table.nBaseline,
          nBaseline: table.nCandidate,
          xCandidate: table.xBaseline,
          xBaseline: table.xCandidate,
        };
        expect(logLikelihoodRatio(swapped, 1 / at, 1)).toBeCloseTo(logLikelihoodRatio(table, at, 1), 9);
      }),
    );
  });

  test('stays finite for strata of a hundred thousand ratings', () => {
    const table = { nCandidate: 50_000, nBaseline: 50_000, xCandidate: 30_000, xBaseline: 35_000 };
    expect(Number.isFinite(logLikelihoodRatio(table, 0.5, 1))).toBe(true);
  });

  test.each([
    { nCandidate: 2, nBaseline: 2, xCandidate: 3, xBaseline: 0 },
    { nCandidate: -1, nBaseline: 2, xCandidate: 0, xBaseline: 0 },
    { nCandidate: 2, nBaseline: 2, xCandidate: 0.5, xBaseline: 0 },
  ])('refuses the impossible table %j', (table) => {
    expect(() => logLikelihood(table, 1)).toThrow(RangeError);
  });
});

describe('The likelihood ratio against a known rate', () => {
  test('is the limit of a stratum with a very large baseline arm', () => {
    const nBaseline = 2_000_000;
    const table = { nCandidate: 40, nBaseline, xCandidate: 6, xBaseline: nBaseline * 0.05 };
    const sample = { n: 40, x: 6, rate: 0.05 };
    const known = logLikelihoodAtRate(sample, 4) - logLikelihoodAtRate(sample, 1.5);
    expect(logLikelihoodRatio(table, 4, 1.5)).toBeCloseTo(known, 2);
  });
});

describe('The margin', () => {
  test.each([
    [0.05, 0.795918367],
    [0.1, 0.642857143],
    [0.2, 0.428571429],
  ])('of %d at a baseline of 70 % is the printed odds ratio', (margin, expected) => {
    expect(marginOddsRatio(0.7, margin)).toBeCloseTo(expected, 8);
  });

  test('is a real odds ratio below 1 for every baseline rate', () => {
    const rate = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(rate, fc.double({ min: 0.01, max: 0.5, noNaN: true }), (baseline, margin) => {
        const ratio = marginOddsRatio(baseline, margin);
        expect(ratio).toBeGreaterThan(0);
        expect(ratio).toBeLessThan(1);
      }),
    );
  });
});

describe('A mixture', () => {
  test('stays exact where its members overflow a double', () => {
    const halves = [
      { psi: 1, weight: 0.5 },
      { psi: 2, weight: 0.5 },
    ];
    expect(logMixture([2000, 2000], halves)).toBeCloseTo(2000, 9);
  });
});

function tableOf({ n_c = 0, n_b = 0, m = 0, x = 0 }: Row): Table {
  return { nCandidate: n_c, nBaseline: n_b, xCandidate: x, xBaseline: m - x };
}

function anyTable() {
  return fc.record({ nCandidate: fc.nat(40), nBaseline: fc.nat(40) }).chain(({ nCandidate, nBaseline }) =>
    fc.record({
      nCandidate: fc.constant(nCandidate),
      nBaseline: fc.constant(nBaseline),
      xCandidate: fc.nat(nCandidate),
      xBaseline: fc.nat(nBaseline),
    }),
  );
}

function tablesOf(given: { nCandidate: number; nBaseline: number; positives: number }): Table[] {
  const low = Math.max(0, given.positives - given.nBaseline);
  const high = Math.min(given.nCandidate, given.positives);
  return Array.from({ length: high - low + 1 }, (_, i) => ({
    nCandidate: given.nCandidate,
    nBaseline: given.nBaseline,
    xCandidate: low + i,
    xBaseline: given.positives - low - i,
  }));
}

function logCombinations(table: Table): number {
  return logChoose(table.nCandidate, table.xCandidate) + logChoose(table.nBaseline, table.xBaseline);
}

function logChoose(n: number, k: number): number {
  let sum = 0;
  for (let i = 1; i <= k; i++) sum += Math.log((n - k + i) / i);
  return sum;
}
