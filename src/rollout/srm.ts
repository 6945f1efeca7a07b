/** Requests assigned to each arm while the split stood still. */
export interface Assigned {
  readonly candidate: number;
  readonly baseline: number;
}

/** How closely the prior sits on the configured split: 1,000 pretended requests. */
const CONCENTRATION = 1000;

/** A sample ratio mismatch is called at 1,000 to 1, so at most 1 in 1,000 sound rollouts is ever held. */
export const MISMATCH_LOG_BAYES_FACTOR = Math.log(1000);

/**
 * Log Bayes factor of "the split is not the configured one" against "it is", for assigned requests
 * (never ratings), valid however often one looks: Lindon & Malek, anytime-valid inference for
 * multinomial counts. Start anew at every change of the split.
 *
 * @param share the candidate's configured share, strictly between 0 and 1
 */
export function logMismatch(assigned: Assigned, share: number, concentration = CONCENTRATION): number {
  const arms = [
    { n: assigned.candidate, share },
    { n: assigned.baseline, share: 1 - share },
  ];
  const total = assigned.candidate + assigned.baseline;
  return arms.reduce(
    (sum, arm) => {
      const prior = concentration * arm.share;
      return sum + logGamma(prior + arm.n) - logGamma(prior) - arm.n * Math.log(arm.share);
    },
    logGamma(concentration) - logGamma(concentration + total),
  );
}

/** Whether the split is so far from the configured one that the figures must not be trusted. */
export function isMismatch(assigned: Assigned, share: number): boolean {
  return logMismatch(assigned, share) >= MISMATCH_LOG_BAYES_FACTOR;
}

const STIRLING_FROM = 15;

/** ln Γ(x) for x > 0: Stirling's series (Abramowitz & Stegun 6.1.41) after raising x to at least 15. */
function logGamma(x: number): number {
  let shift = 0;
  let z = x;
  while (z < STIRLING_FROM) {
    shift += Math.log(z);
    z += 1;
  }
  const inverse = 1 / z;
  const square = inverse * inverse;
  const series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)));
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series - shift;
}
