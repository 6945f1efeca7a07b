import type { Evidence } from './evidence.ts';
import { type Burn, firedGuards, GUARD_THRESHOLD, GUARDS, type GuardName, type Guards } from './guards.ts';
import type { GatePlan, StagePlan } from './plan.ts';
import { type Assigned, isMismatch } from './srm.ts';

export type Verdict = 'harm' | 'better' | 'safe' | 'inconclusive' | 'no-evidence';

/** Why a stage may not advance for now, though nothing speaks for a rollback. */
export type HoldCause = 'sample-ratio-mismatch' | 'backend-failing' | 'no-figures';

export interface Hold {
  readonly cause: HoldCause;
  readonly text: string;
}

/** Everything that one check knows of the running stage. */
export interface GateInput {
  readonly stage: StagePlan;
  readonly gate: GatePlan;
  /** J: stages with a concurrent baseline, which share the harm test's α. */
  readonly comparedStages: number;
  readonly evidence: Evidence;
  readonly guards: Guards;
  readonly burn: Burn;
  /** Requests given to each arm since the split last changed. */
  readonly assigned: Assigned;
}

/** One test as people read it: the e-value so far and the one that is needed. */
export interface TestFigure {
  readonly eValue: number;
  readonly needed: number;
}

/** The figures behind a verdict; kept with every decision. */
export interface Figures {
  readonly candidate: { readonly positives: number; readonly ratings: number };
  readonly baseline: { readonly positives: number; readonly ratings: number };
  readonly strata: number;
  readonly tests: Readonly<Record<'harm' | 'safe' | 'better' | GuardName, TestFigure>>;
  readonly assigned: Assigned;
}

export interface Judgement {
  readonly verdict: Verdict;
  /** True when the stage's own demand is met (which one depends on the stage and on `require`). */
  readonly passes: boolean;
  readonly reasons: readonly string[];
  readonly hold: Hold | null;
  /** What is still missing for this stage's demand, in ratings, as a person would say it. */
  readonly missing: string;
  readonly figures: Figures;
}

/** Shown e-values are cut here: beyond it a number tells nobody anything. */
const LARGEST_SHOWN = 1e12;

/**
 * Judges the running stage. Harm outranks everything, in every stage: a candidate slightly worse
 * but inside the margin crosses both thresholds in the end.
 *
 * Error rates, valid at any number of looks (Ville's inequality): a rollout of an equal candidate is
 * rolled back for its thumbs with probability ≤ α and by each guard with ≤ 0.01; one worse than the
 * margin passes as `safe`, and one not better passes as `better`, with ≤ α. Formulas: docs/gate.md.
 */
export function judgeStage(input: GateInput): Judgement {
  const figures = figuresOf(input);
  const hold = holdOf(input);
  const missing = missingRatings(input);
  const harms = harmReasons(input);
  if (harms.length > 0) return { verdict: 'harm', passes: false, reasons: harms, hold, missing, figures };
  return { ...judgeThumbs(input), hold, missing, figures };
}

type Finding = Pick<Judgement, 'verdict' | 'passes' | 'reasons'>;

function judgeThumbs(input: GateInput): Finding {
  const { stage, gate, evidence } = input;
  if (stage.rule === 'bake') {
    return {
      verdict: 'no-evidence',
      passes: false,
      reasons: ['at 100 % no baseline is left to compare thumbs with; the guards are quiet'],
    };
  }
  const { ratings } = evidence.candidate;
  if (ratings < gate.minSamples) {
    const reasons = [`${ratings} of the ${gate.minSamples} ratings of the candidate that a stage needs`];
    return { verdict: 'no-evidence', passes: false, reasons };
  }
  if (evidence.baseline.ratings === 0) {
    return { verdict: 'no-evidence', passes: false, reasons: ['no ratings of the baseline to compare with'] };
  }
  if (stage.rule === 'watch-harm') {
    return { verdict: 'inconclusive', passes: true, reasons: ['no harm shows, all this stage asks'] };
  }
  return judgeImprovement(input);
}

function judgeImprovement({ stage, gate, evidence }: GateInput): Finding {
  const needed = -Math.log(gate.alpha);
  const margin = points(stage.margin ?? 0);
  const decides = stage.rule === 'decide';
  if (decides && evidence.better.peakLogE >= needed) {
    return {
      verdict: 'better',
      passes: true,
      reasons: ['the candidate has more thumbs up than the baseline'],
    };
  }
  const mustImprove = decides && gate.require === 'improved';
  if (evidence.safe.peakLogE >= needed) {
    const excluded = `a drop of ${margin} points or more is excluded`;
    const reasons = mustImprove ? [excluded, 'an improvement has not shown yet'] : [excluded];
    return { verdict: 'safe', passes: !mustImprove, reasons };
  }
  const wanted = mustImprove ? 'an improvement' : `that it is worse by less than ${margin} points`;
  return {
    verdict: 'inconclusive',
    passes: false,
    reasons: [`the ratings show neither harm nor ${wanted} yet`],
  };
}

/** An estimate from the pace at which the wanted test has grown so far. */
function missingRatings({ stage, gate, evidence }: GateInput): string {
  const short = gate.minSamples - evidence.candidate.ratings;
  if (short > 0) return `${short} more ratings of the candidate`;
  const improved = stage.rule === 'decide' && gate.require === 'improved';
  const { logE } = improved ? evidence.better : evidence.safe;
  const ratings = evidence.candidate.ratings + evidence.baseline.ratings;
  const more = Math.ceil(((-Math.log(gate.alpha) - logE) / logE) * ratings);
  if (logE <= 0 || !Number.isFinite(more)) return 'more ratings than can be said: they do not point that way';
  return more > 0 ? `about ${more} more ratings at this pace` : 'nothing';
}

function harmReasons({ gate, comparedStages, evidence, guards, burn }: GateInput): string[] {
  const reasons: string[] = [];
  if (burn === 'candidate') {
    reasons.push('the candidate fails a fifth of its requests or more, four times as often as the baseline');
  }
  for (const name of firedGuards(guards)) {
    reasons.push(`the candidate has clearly more ${GUARDS[name].label} than the baseline`);
  }
  if (comparedStages > 0 && evidence.harm.peakLogE >= Math.log(comparedStages / gate.alpha)) {
    reasons.push('the candidate has fewer thumbs up than the baseline');
  }
  return reasons;
}

function holdOf({ stage, assigned, burn }: GateInput): Hold | null {
  if (burn === 'both') {
    return {
      cause: 'backend-failing',
      text: 'the baseline fails as well: the backend is at fault, not the candidate',
    };
  }
  if (stage.percent < 100 && isMismatch(assigned, stage.percent / 100)) {
    const { candidate, baseline } = assigned;
    return {
      cause: 'sample-ratio-mismatch',
      text: `the split is off: ${candidate} of ${candidate + baseline} requests went to the candidate, not ${stage.percent} %`,
    };
  }
  return null;
}

function figuresOf({ gate, comparedStages, evidence, guards, assigned }: GateInput): Figures {
  const test = (logE: number, needed: number): TestFigure => ({ eValue: shown(logE), needed });
  const guard = (name: GuardName) => test(guards[name].logE, Math.round(Math.exp(GUARD_THRESHOLD)));
  const once = 1 / gate.alpha;
  return {
    candidate: evidence.candidate,
    baseline: evidence.baseline,
    strata: evidence.strata,
    tests: {
      harm: test(evidence.harm.logE, Math.max(comparedStages, 1) * once),
      safe: test(evidence.safe.logE, once),
      better: test(evidence.better.logE, once),
      errors: guard('errors'),
      blocked: guard('blocked'),
      slow: guard('slow'),
    },
    assigned,
  };
}

/** Three significant digits: enough to read, short in the history. */
function shown(logE: number): number {
  return Number(Math.min(Math.exp(logE), LARGEST_SHOWN).toPrecision(3));
}

function points(fraction: number): number {
  return Math.round(fraction * 1000) / 10;
}
