/** One closed stratum as a 2×2 table: ratings of both arms and how many of them are positive. */
export interface Table {
  /** Ratings (or requests) of the candidate arm. */
  readonly nCandidate: number;
  /** Ratings (or requests) of the baseline arm. */
  readonly nBaseline: number;
  /** Positives (or failures) in the candidate arm. */
  readonly xCandidate: number;
  /** Positives (or failures) in the baseline arm. */
  readonly xBaseline: number;
}

/** One point of a mixture: an odds ratio and its prior weight. The weights of a mixture sum to 1. */
export interface Alternative {
  readonly psi: number;
  readonly weight: number;
}

/** Above this the running sum is scaled down, so that large strata do not overflow a double. */
const RESCALE_ABOVE = 1e200;

/**
 * log P_ψ(x | margins) of Fisher's noncentral hypergeometric distribution, up to a constant that
 * does not depend on ψ: x·log ψ − log S(ψ), S(ψ) = Σ_j C(n_c,j) C(n_b,m−j) ψ^j, j from
 * max(0, m−n_b) to min(n_c, m). The common level of thumbs is conditioned away.
 *
 * Differences of this function are what every test here is made of. Degenerate strata (one arm
 * empty, all or none positive) give exactly 0: they carry no information.
 *
 * @param psi odds(candidate)/odds(baseline), > 0
 * @throws RangeError when the counts are no possible table
 */
export function logLikelihood(table: Table, psi: number): number {
  assertTable(table);
  const { nCandidate, nBaseline, xCandidate } = table;
  const positives = xCandidate + table.xBaseline;
  const low = Math.max(0, positives - nBaseline);
  const high = Math.min(nCandidate, positives);
  if (low === high) return 0;

  let term = 1;
  let sum = 1;
  let logScale = 0;
  for (let j = low; j < high; j++) {
    term *= (psi * (nCandidate - j) * (positives - j)) / ((j + 1) * (nBaseline - positives + j + 1));
    sum += term;
    if (sum > RESCALE_ABOVE) {
      logScale += Math.log(sum);
      term /= sum;
      sum = 1;
    }
  }
  return (xCandidate - low) * Math.log(psi) - Math.log(sum) - logScale;
}

/** log LR(ψ1 : ψ0) of one stratum: how much better ψ1 explains it than ψ0. Natural logarithm. */
export function logLikelihoodRatio(table: Table, psi1: number, psi0: number): number {
  return logLikelihood(table, psi1) - logLikelihood(table, psi0);
}

/**
 * The same ratio where the baseline's rate is known instead of sampled beside the candidate: the
 * limit of the stratum above for a baseline arm without end, a binomial with odds ψ·rate/(1−rate).
 *
 * @param rate the reference rate, strictly between 0 and 1, fixed before the data under test
 */
export function logLikelihoodAtRate(sample: { n: number; x: number; rate: number }, psi: number): number {
  const odds = (psi * sample.rate) / (1 - sample.rate);
  return sample.x * Math.log(odds) - sample.n * Math.log1p(odds);
}

/** log Σ w_i·exp(l_i), by log-sum-exp: the e-value of a mixture stays exact where exp would overflow. */
export function logMixture(logs: readonly number[], alternatives: readonly Alternative[]): number {
  const terms = alternatives.map(({ weight }, i) => Math.log(weight) + (logs[i] ?? 0));
  const largest = Math.max(...terms);
  return largest + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - largest), 0));
}

/** The odds ratio that moves a rate by `difference` (0.05 = 5 points up). Both rates within (0, 1). */
export function oddsRatio(rate: number, difference: number): number {
  return odds(rate + difference) / odds(rate);
}

/** Baseline rates outside these bounds make a margin in points meaningless. */
const RATE_BOUNDS = { lowest: 0.05, highest: 0.95 };
const LOWEST_MARGIN_RATE = 0.01;

/**
 * ψ_M: the odds ratio of a candidate that is worse by exactly the margin.
 *
 * @param baselineRate share of thumbs up before the stage; clamped to [0.05, 0.95]
 * @param margin the tolerated drop as a fraction (0.10 = 10 points); never taken below a rate of 1 %
 */
export function marginOddsRatio(baselineRate: number, margin: number): number {
  const rate = Math.min(Math.max(baselineRate, RATE_BOUNDS.lowest), RATE_BOUNDS.highest);
  return odds(Math.max(rate - margin, LOWEST_MARGIN_RATE)) / odds(rate);
}

function odds(rate: number): number {
  return rate / (1 - rate);
}

function assertTable({ nCandidate, nBaseline, xCandidate, xBaseline }: Table): void {
  if (isPart(xCandidate, nCandidate) && isPart(xBaseline, nBaseline)) return;
  throw new RangeError(
    `no possible table: ${xCandidate} of ${nCandidate} in the candidate arm, ${xBaseline} of ${nBaseline} in the baseline's`,
  );
}

function isPart(part: number, whole: number): boolean {
  return Number.isSafeInteger(part) && Number.isSafeInteger(whole) && part >= 0 && part <= whole;
}
