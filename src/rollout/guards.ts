import type { Process } from './evidence.ts';
import { type Alternative, logLikelihoodAtRate, logLikelihoodRatio, logMixture } from './statistics.ts';

/** Requests of one arm, and how many of them failed (or were blocked, or slow). */
export interface Incidents {
  readonly requests: number;
  readonly incidents: number;
}

/** One minute of both arms; where no baseline is left, its rate from the last compared stage. */
export type GuardStratum =
  | { readonly candidate: Incidents; readonly baseline: Incidents }
  | { readonly candidate: Incidents; readonly baselineRate: number };

interface GuardTest {
  readonly label: string;
  readonly alternatives: readonly Alternative[];
}

const TWO_TO_TEN: readonly Alternative[] = [2, 4, 10].map((psi) => ({ psi, weight: 1 / 3 }));
const TWO_TO_FOUR: readonly Alternative[] = [2, 4].map((psi) => ({ psi, weight: 1 / 2 }));

/** The guards: what each counts as an incident, and how much worse it looks for (odds ratios). */
export const GUARDS = {
  errors: { label: 'failed requests', alternatives: TWO_TO_TEN },
  blocked: { label: 'blocked or empty answers', alternatives: TWO_TO_TEN },
  slow: { label: 'slow answers', alternatives: TWO_TO_FOUR },
} as const satisfies Record<string, GuardTest>;

export type GuardName = keyof typeof GUARDS;
export const GUARD_NAMES = ['errors', 'blocked', 'slow'] as const satisfies readonly GuardName[];

/** One running test per guard, for the whole rollout: their α is not handed out anew at a stage. */
export type Guards = Readonly<Record<GuardName, Process>>;

/** A candidate whose odds are up to 1.5 times the baseline's is not yet worth a rollback. */
const NULL_PSI = 1.5;
/** False rollbacks each guard may cause in a whole rollout, beside ROLLOUT_ALPHA for thumbs. */
const GUARD_ALPHA = 0.01;
/** Requests come in bursts and are not independent: each minute counts for half of what it says. */
const BURST_EXPONENT = 0.5;

/** log(1/α): a guard fires here. */
export const GUARD_THRESHOLD = -Math.log(GUARD_ALPHA);

export function quietGuards(): Guards {
  const start = (name: GuardName): Process => ({
    logs: GUARDS[name].alternatives.map(() => 0),
    logE: 0,
    peakLogE: 0,
  });
  return { errors: start('errors'), blocked: start('blocked'), slow: start('slow') };
}

/** Multiplies one minute into a guard's evidence: the thumbs' test with failures in place of thumbs. */
export function addMinute(guards: Guards, name: GuardName, stratum: GuardStratum): Guards {
  const { alternatives } = GUARDS[name];
  const process = guards[name];
  const logs = alternatives.map(
    ({ psi }, i) => (process.logs[i] ?? 0) + BURST_EXPONENT * logRatio(stratum, psi),
  );
  const logE = logMixture(logs, alternatives);
  return { ...guards, [name]: { logs, logE, peakLogE: Math.max(process.peakLogE, logE) } };
}

/** The guards that have fired, now or earlier. */
export function firedGuards(guards: Guards): readonly GuardName[] {
  return GUARD_NAMES.filter((name) => guards[name].peakLogE >= GUARD_THRESHOLD);
}

const BURN = { incidents: 10, rate: 0.2, timesBaseline: 4 };

/** Who is burning in the last interval: nobody, the candidate alone, or the backend behind both. */
export type Burn = 'none' | 'candidate' | 'both';

/**
 * The guard without statistics: ten or more failures in one interval, a fifth of the requests, four
 * times the baseline's share. A baseline that burns as well means the backend is at fault: hold.
 */
export function burning(interval: GuardStratum): Burn {
  const { candidate } = interval;
  const baselineRate = 'baselineRate' in interval ? interval.baselineRate : rateOf(interval.baseline);
  if ('baseline' in interval && burns(interval.baseline)) return 'both';
  if (!burns(candidate)) return 'none';
  return rateOf(candidate) >= BURN.timesBaseline * baselineRate ? 'candidate' : 'none';
}

/**
 * The rate to hold a lonely candidate against: that of the baseline's requests, pulled a little
 * towards a half (Laplace), so that a baseline without a single failure does not make one fatal.
 */
export function referenceRate(baseline: Incidents): number {
  return (baseline.incidents + 1) / (baseline.requests + 2);
}

function logRatio(stratum: GuardStratum, psi: number): number {
  const { candidate } = stratum;
  if ('baselineRate' in stratum) {
    const sample = { n: candidate.requests, x: candidate.incidents, rate: stratum.baselineRate };
    return logLikelihoodAtRate(sample, psi) - logLikelihoodAtRate(sample, NULL_PSI);
  }
  const table = {
    nCandidate: candidate.requests,
    nBaseline: stratum.baseline.requests,
    xCandidate: candidate.incidents,
    xBaseline: stratum.baseline.incidents,
  };
  return logLikelihoodRatio(table, psi, NULL_PSI);
}

function burns({ requests, incidents }: Incidents): boolean {
  return incidents >= BURN.incidents && incidents >= BURN.rate * requests;
}

function rateOf({ requests, incidents }: Incidents): number {
  return requests === 0 ? 0 : incidents / requests;
}
