import { createHash } from 'node:crypto';

/** Basis points: 10,000 = all traffic. */
export const ALL_BASIS_POINTS = 10_000;

export interface Share {
  versionName: string;
  basisPoints: number;
}

/**
 * Where a key falls, 0 to 9,999: the first 12 hex digits of SHA-256(salt + ":" + key) modulo 10,000.
 * Sticky for one salt, and uniform: 2^48 is so much larger than 10,000 that the remainder's bias is below 1e-10.
 */
export function bucketOf(salt: string, key: string): number {
  const digest = createHash('sha256').update(`${salt}:${key}`).digest('hex');
  return Number.parseInt(digest.slice(0, 12), 16) % ALL_BASIS_POINTS;
}

/**
 * The version whose share holds the bucket. Shares are laid out in order, so the first one only grows at its
 * end when it is raised: put the candidate first, and raising its weight moves nobody back to the baseline.
 */
export function pick(shares: readonly Share[], bucket: number): string | undefined {
  let upTo = 0;
  for (const { versionName, basisPoints } of shares) {
    upTo += basisPoints;
    if (bucket < upTo) return versionName;
  }
  return shares.at(-1)?.versionName;
}

/** Lays out percent weights for `pick`: the candidate first, the others by name, all shares above 0. */
export function layOut(weights: Readonly<Record<string, number>>, candidate: string | undefined): Share[] {
  return Object.entries(weights)
    .filter(([, percent]) => percent > 0)
    .map(([versionName, percent]) => ({ versionName, basisPoints: Math.round(percent * 100) }))
    .sort((a, b) => rank(a, candidate) - rank(b, candidate) || (a.versionName < b.versionName ? -1 : 1));
}

function rank({ versionName }: Share, candidate: string | undefined): number {
  return versionName === candidate ? 0 : 1;
}
