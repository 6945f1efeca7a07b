/** Upper bounds of the latency buckets in ms, inclusive; what is slower falls into one more, open bucket. */
export const LATENCY_BOUNDS_MS = [
  10, 25, 50, 75, 100, 150, 200, 300, 400, 600, 800, 1_000, 1_250, 1_500, 2_000, 2_500, 3_000, 4_000, 5_000,
  7_500, 10_000, 15_000, 20_000, 30_000, 60_000,
] as const;

const OPEN_BUCKET = LATENCY_BOUNDS_MS.length;

export function emptyLatencyCounts(): number[] {
  return new Array<number>(OPEN_BUCKET + 1).fill(0);
}

/** Index of the bucket that a latency falls into. */
export function latencyBucket(latencyMs: number): number {
  const index = LATENCY_BOUNDS_MS.findIndex((bound) => latencyMs <= bound);
  return index === -1 ? OPEN_BUCKET : index;
}

/**
 * Estimates a quantile, 0 to 1, in whole ms: linear within its bucket, as Prometheus' histogram_quantile does;
 * the open bucket gives its lower bound. Null without answers.
 */
export function latencyQuantileMs(counts: readonly number[], quantile: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const rank = quantile * total;
  let before = 0;
  for (const [bucket, count] of counts.entries()) {
    if (count > 0 && before + count >= rank) return Math.round(within(bucket, (rank - before) / count));
    before += count;
  }
  return null;
}

function within(bucket: number, share: number): number {
  const from = LATENCY_BOUNDS_MS[bucket - 1] ?? 0;
  const to = LATENCY_BOUNDS_MS[bucket] ?? from;
  return from + (to - from) * share;
}
