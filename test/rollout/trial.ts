import type { Table } from '../../src/rollout/statistics.ts';

/** A small seeded generator (mulberry32), so that a simulation gives the same figures each time. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export interface Trial {
  readonly random: () => number;
  /** The candidate's share of the ratings. */
  readonly share: number;
  readonly candidateRate: number;
  readonly baselineRate: number;
  readonly strata: number;
}

/** Strata of 20 ratings, each drawn to an arm and rated by itself. */
export function strataOf(trial: Trial): Table[] {
  return Array.from({ length: trial.strata }, () => oneStratum(trial));
}

function oneStratum({ random, share, candidateRate, baselineRate }: Trial): Table {
  const table = { nCandidate: 0, nBaseline: 0, xCandidate: 0, xBaseline: 0 };
  for (let i = 0; i < 20; i++) {
    if (random() < share) {
      table.nCandidate++;
      if (random() < candidateRate) table.xCandidate++;
    } else {
      table.nBaseline++;
      if (random() < baselineRate) table.xBaseline++;
    }
  }
  return table;
}
