import type { Table } from './statistics.ts';

export type Arm = 'candidate' | 'baseline';

/** One thumb, as the closing rule sees it. */
export interface Rating {
  readonly arm: Arm;
  readonly positive: boolean;
  /** Epoch milliseconds, by the database's clock. */
  readonly arrivedAtMs: number;
}

/** Ratings that fill a stratum: conditioning costs one rating of each, so 20 lose 5 %. */
export const STRATUM_RATINGS = 20;

/** A quiet stratum is closed after this long, if it can say anything at all. */
export const STRATUM_AGE_MS = 6 * 60 * 60 * 1000;
const FEWEST_RATINGS = 2;

/** Strata that are complete now, and how many ratings each took from the front of the queue. */
export interface Closed<R extends Rating> {
  readonly strata: readonly { readonly table: Table; readonly ratings: readonly R[] }[];
  /** Ratings that wait for their stratum to fill. */
  readonly open: number;
}

/**
 * Closes strata over ratings in order of arrival: at 20 ratings, or at 6 hours with at least 2.
 * The rule looks at numbers and times only, never at thumbs: a stratum that closed because of its
 * thumbs would break the test.
 */
export function closeStrata<R extends Rating>(ratings: readonly R[], nowMs: number): Closed<R> {
  const strata = [];
  let start = 0;
  while (ratings.length - start >= STRATUM_RATINGS) {
    const taken = ratings.slice(start, start + STRATUM_RATINGS);
    strata.push({ table: tabulate(taken), ratings: taken });
    start += STRATUM_RATINGS;
  }
  const rest = ratings.slice(start);
  if (!isStale(rest, nowMs)) return { strata, open: rest.length };
  return { strata: [...strata, { table: tabulate(rest), ratings: rest }], open: 0 };
}

function isStale(rest: readonly Rating[], nowMs: number): boolean {
  const [oldest] = rest;
  if (oldest === undefined || rest.length < FEWEST_RATINGS) return false;
  return nowMs - oldest.arrivedAtMs >= STRATUM_AGE_MS;
}

function tabulate(ratings: readonly Rating[]): Table {
  const count = (arm: Arm, only: (rating: Rating) => boolean) =>
    ratings.filter((rating) => rating.arm === arm && only(rating)).length;
  return {
    nCandidate: count('candidate', () => true),
    nBaseline: count('baseline', () => true),
    xCandidate: count('candidate', (rating) => rating.positive),
    xBaseline: count('baseline', (rating) => rating.positive),
  };
}
