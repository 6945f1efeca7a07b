import {
  type Alternative,
  logLikelihood,
  logMixture,
  marginOddsRatio,
  oddsRatio,
  type Table,
} from './statistics.ts';

/** Ratings of one arm: how many, and how many of them thumbs up. */
export interface ArmCount {
  readonly positives: number;
  readonly ratings: number;
}

/** The tests of one stage: what each mixture looks for, and the margin that `safe` is tested against. */
export interface StageTests {
  /** ψ_M, or null where no margin is to be proven. */
  readonly marginPsi: number | null;
}

/** One running test: Σ log LR per alternative, and the highest mixture reached at any stratum. */
export interface Process {
  readonly logs: readonly number[];
  readonly logE: number;
  /** The latch: by Ville's inequality a crossing at any moment counts, whatever comes later. */
  readonly peakLogE: number;
}

/**
 * All that is known about the thumbs of one stage, of constant size: safe to carry in a workflow.
 * The three processes are products over closed strata, one after another.
 */
export interface Evidence {
  readonly strata: number;
  readonly candidate: ArmCount;
  readonly baseline: ArmCount;
  readonly harm: Process;
  readonly safe: Process;
  readonly better: Process;
}

/** Reference rate at which the alternatives are spelled out in points. */
const REFERENCE_RATE = 0.7;

/** −3, −5, −10 and −20 points at 70 %: the price of not knowing which is at most log 4. */
export const HARM_ALTERNATIVES: readonly Alternative[] = evenly([-0.03, -0.05, -0.1, -0.2]);

/** +2, +5, +10 and +15 points at 70 %. */
export const BETTER_ALTERNATIVES: readonly Alternative[] = evenly([0.02, 0.05, 0.1, 0.15]);

/** What a candidate inside the margin looks like: half-way to the margin, equal, as much better. */
export function safeAlternatives(marginPsi: number): readonly Alternative[] {
  const half = Math.sqrt(marginPsi);
  return [
    { psi: half, weight: 0.25 },
    { psi: 1, weight: 0.5 },
    { psi: 1 / half, weight: 0.25 },
  ];
}

/** The tests of a stage whose candidate may be worse by `margin` (a fraction; null: no margin). */
export function stageTests(baselineRate: number, margin: number | null): StageTests {
  return { marginPsi: margin === null ? null : marginOddsRatio(baselineRate, margin) };
}

/** Nothing seen yet: every e-value is 1. */
export function noEvidence(): Evidence {
  const none = { positives: 0, ratings: 0 };
  const start = (size: number): Process => ({ logs: Array<number>(size).fill(0), logE: 0, peakLogE: 0 });
  return {
    strata: 0,
    candidate: none,
    baseline: none,
    harm: start(HARM_ALTERNATIVES.length),
    safe: start(3),
    better: start(BETTER_ALTERNATIVES.length),
  };
}

/**
 * Multiplies one closed stratum into the evidence. Only closed strata may come here, in order: a
 * growing table looked at again and again is not a valid test (docs/gate.md).
 */
export function addStratum(evidence: Evidence, table: Table, tests: StageTests): Evidence {
  const { marginPsi } = tests;
  return {
    strata: evidence.strata + 1,
    candidate: addCount(evidence.candidate, table.xCandidate, table.nCandidate),
    baseline: addCount(evidence.baseline, table.xBaseline, table.nBaseline),
    harm: multiply(evidence.harm, table, { alternatives: HARM_ALTERNATIVES, nullPsi: 1 }),
    safe:
      marginPsi === null
        ? evidence.safe
        : multiply(evidence.safe, table, {
            alternatives: safeAlternatives(marginPsi),
            nullPsi: marginPsi,
          }),
    better: multiply(evidence.better, table, { alternatives: BETTER_ALTERNATIVES, nullPsi: 1 }),
  };
}

function multiply(
  process: Process,
  table: Table,
  test: { alternatives: readonly Alternative[]; nullPsi: number },
): Process {
  const atNull = logLikelihood(table, test.nullPsi);
  const logs = test.alternatives.map(
    ({ psi }, i) => (process.logs[i] ?? 0) + logLikelihood(table, psi) - atNull,
  );
  const logE = logMixture(logs, test.alternatives);
  return { logs, logE, peakLogE: Math.max(process.peakLogE, logE) };
}

function addCount(count: ArmCount, positives: number, ratings: number): ArmCount {
  return { positives: count.positives + positives, ratings: count.ratings + ratings };
}

function evenly(differences: readonly number[]): readonly Alternative[] {
  return differences.map((difference) => ({
    psi: oddsRatio(REFERENCE_RATE, difference),
    weight: 1 / differences.length,
  }));
}
