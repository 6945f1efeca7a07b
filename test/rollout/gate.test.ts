import { describe, expect, test } from '@jest/globals';
import { addStratum, type Evidence, noEvidence, stageTests } from '../../src/rollout/evidence.ts';
import { judgeStage } from '../../src/rollout/gate.ts';
import { addMinute, quietGuards } from '../../src/rollout/guards.ts';
import type { Table } from '../../src/rollout/statistics.ts';
import { aCheck, aPlan } from './builders.ts';

const BETTER: Table = { nCandidate: 10, nBaseline: 10, xCandidate: 9, xBaseline: 5 };
const EQUAL: Table = { nCandidate: 10, nBaseline: 10, xCandidate: 7, xBaseline: 7 };
const WORSE: Table = { nCandidate: 10, nBaseline: 10, xCandidate: 4, xBaseline: 8 };

function strata(table: Table, times: number, margin = 0.1): Evidence {
  const tests = stageTests(0.7, margin);
  return Array.from({ length: times }).reduce<Evidence>((sum) => addStratum(sum, table, tests), noEvidence());
}

describe('At a stage of 10 % the gate', () => {
  test('says no-evidence below the minimum of ratings', () => {
    const { verdict, passes, reasons } = judgeStage(aCheck({ evidence: strata(EQUAL, 4, 0.2) }));
    expect({ verdict, passes }).toEqual({ verdict: 'no-evidence', passes: false });
    expect(reasons.join()).toContain('40 of the 50 ratings');
  });

  test('says harm even below the minimum of ratings', () => {
    const check = aCheck({ evidence: strata(WORSE, 6), plan: aPlan({ gate: { minSamples: 1000 } }) });
    expect(judgeStage(check).verdict).toBe('harm');
  });

  test('says inconclusive while neither threshold is reached', () => {
    const check = aCheck({ evidence: strata(EQUAL, 6, 0.05) });
    expect(judgeStage(check)).toMatchObject({ verdict: 'inconclusive', passes: false });
  });

  test('passes as safe, and never calls better, which only the deciding stage does', () => {
    const check = aCheck({ evidence: strata(BETTER, 30, 0.2) });
    expect(judgeStage(check)).toMatchObject({ verdict: 'safe', passes: true });
  });

  test('says no-evidence where the baseline has no ratings', () => {
    const lonely = { nCandidate: 20, nBaseline: 0, xCandidate: 10, xBaseline: 0 };
    expect(judgeStage(aCheck({ evidence: strata(lonely, 5) })).verdict).toBe('no-evidence');
  });
});

describe('At the deciding stage the gate', () => {
  const decide = (evidence: Evidence, require: 'improved' | 'no-worse' = 'improved') =>
    judgeStage(aCheck({ stageIndex: 1, plan: aPlan({ gate: { require } }), evidence }));

  test('passes only a candidate that is better', () => {
    expect(decide(strata(BETTER, 20))).toMatchObject({ verdict: 'better', passes: true });
    expect(decide(strata(EQUAL, 100))).toMatchObject({ verdict: 'safe', passes: false });
  });

  test('passes a safe one where no-worse is all that is asked', () => {
    expect(decide(strata(EQUAL, 100), 'no-worse')).toMatchObject({ verdict: 'safe', passes: true });
  });

  test('lets harm win where both thresholds are crossed', () => {
    const fine = strata(BETTER, 20);
    const both = Array.from({ length: 60 }).reduce<Evidence>(
      (sum) => addStratum(sum, WORSE, stageTests(0.7, 0.1)),
      fine,
    );
    expect(both.better.peakLogE).toBeGreaterThan(Math.log(20));
    expect(decide(both).verdict).toBe('harm');
  });

  test('says what is missing, in ratings', () => {
    expect(decide(strata(BETTER, 6)).missing).toMatch(/about \d+ more ratings|nothing/);
    expect(decide(strata(EQUAL, 2)).missing).toContain('30 more ratings of the candidate');
    expect(decide(strata(EQUAL, 50)).missing).toContain('do not point that way');
  });
});

describe('The stages after the deciding one', () => {
  const plan = aPlan({ stages: [10, 50, 95, 100] });

  test('only watch for harm', () => {
    expect(judgeStage(aCheck({ stageIndex: 2, plan, evidence: strata(EQUAL, 6) })).passes).toBe(true);
    expect(judgeStage(aCheck({ stageIndex: 2, plan, evidence: strata(WORSE, 30) })).verdict).toBe('harm');
  });

  test('at 100 % have no thumbs to judge and say so', () => {
    const { verdict, passes } = judgeStage(aCheck({ stageIndex: 3, plan, evidence: strata(BETTER, 30) }));
    expect({ verdict, passes }).toEqual({ verdict: 'no-evidence', passes: false });
  });
});

describe('The harm threshold', () => {
  test('shares its alpha out among the compared stages', () => {
    const needed = (stages: readonly number[]) =>
      judgeStage(aCheck({ plan: aPlan({ stages }) })).figures.tests.harm.needed;
    expect(needed([10, 50, 100])).toBe(40);
    expect(needed([10, 50, 95, 100])).toBeCloseTo(60, 9);
  });
});

describe('A guard', () => {
  test('is harm in every stage, 100 % included', () => {
    const minute = {
      candidate: { requests: 50, incidents: 10 },
      baseline: { requests: 50, incidents: 1 },
    };
    const guards = Array.from({ length: 8 }).reduce<ReturnType<typeof quietGuards>>(
      (sum) => addMinute(sum, 'errors', minute),
      quietGuards(),
    );
    for (const stageIndex of [0, 1, 2]) {
      const { verdict, reasons } = judgeStage(aCheck({ stageIndex, guards }));
      expect(verdict).toBe('harm');
      expect(reasons.join()).toContain('failed requests');
    }
  });

  test('that burns fast is harm at once; a backend that burns is a hold', () => {
    expect(judgeStage(aCheck({ burn: 'candidate' })).verdict).toBe('harm');
    const { verdict, hold } = judgeStage(aCheck({ burn: 'both' }));
    expect(verdict).not.toBe('harm');
    expect(hold?.cause).toBe('backend-failing');
  });
});

describe('A sample ratio mismatch', () => {
  test('is a hold that says the figures, never harm', () => {
    const judgement = judgeStage(aCheck({ assigned: { candidate: 1200, baseline: 8800 } }));
    expect(judgement.verdict).toBe('no-evidence');
    expect(judgement.hold?.text).toContain('1200 of 10000');
  });
});

describe('Shown e-values', () => {
  test('are cut at 1e12', () => {
    expect(judgeStage(aCheck({ evidence: strata(WORSE, 400) })).figures.tests.harm.eValue).toBe(1e12);
  });
});
