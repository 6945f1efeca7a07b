import { stageTests } from './evidence.ts';
import type { FiguresStore } from './figures-store.ts';
import { type Judgement, judgeStage } from './gate.ts';
import { type Burn, burning, type Incidents } from './guards.ts';
import type { NumberedStratum } from './ledger.ts';
import type { OpenedPlan } from './opened.ts';
import type { StagePlan } from './plan.ts';
import type { StrataStore } from './strata-store.ts';
import {
  type ArmFigures,
  countErrors,
  countMinutes,
  countStrata,
  stratumFor,
  type TrafficMinute,
  type Watching,
} from './watching.ts';

/** What one check is asked: which stage, what is known so far, what signals have brought since. */
export interface CheckInput {
  readonly rolloutId: string;
  readonly candidate: string;
  readonly baseline: string;
  readonly plan: OpenedPlan;
  readonly stage: StagePlan;
  /** The generation that set this stage's weights. */
  readonly generation: number;
  readonly watching: Watching;
  readonly outside: readonly NumberedStratum[];
}

export interface CheckResult {
  readonly judgement: Judgement;
  readonly watching: Watching;
}

export type Check = (input: CheckInput) => Promise<CheckResult>;

/** Pulls what is new since the last check, multiplies it in and asks the gate. */
export function createCheck(deps: { strata: StrataStore; figures: FiguresStore }): Check {
  const { strata, figures } = deps;
  return async (input) => {
    const { rolloutId, candidate, baseline, plan, stage, generation } = input;
    const arms = { rolloutId, candidate, baseline, slowAboveBucket: plan.slowAboveBucket };
    const key = { ...arms, stage: stage.percent };
    await strata.keepSignals(key, input.outside);
    const own = await strata.closeThumbs(key, input.watching.counted.thumbs);
    const minutes = await figures.minutesAfter(arms, input.watching.countedMinute);
    const intervalMs = plan.gate.checkIntervalMs;
    const lately = await figures.lately(arms, { generation, intervalMs });

    const fresh = input.outside.filter(({ number }) => number > input.watching.counted.signals);
    const tables = [...own, ...fresh.map(({ thumbs }) => thumbs)];
    const withThumbs = countStrata(input.watching, tables, stageTests(plan.baselineRate, stage.margin));
    const withMinutes = countMinutes(withThumbs, minutes, { stage, generation });
    const withErrors = fresh.reduce(
      (sum, { errors }) => (errors === null ? sum : countErrors(sum, errors, stage)),
      withMinutes,
    );
    const watching: Watching = {
      ...withErrors,
      counted: {
        thumbs: input.watching.counted.thumbs + own.length,
        signals: fresh.at(-1)?.number ?? input.watching.counted.signals,
      },
    };
    return { judgement: judge(input, watching, burnOf({ watching, stage, lately, fresh })), watching };
  };
}

function judge({ plan, stage }: CheckInput, watching: Watching, burn: Burn): Judgement {
  const { gate, comparedStages } = plan;
  const { evidence, guards, assigned } = watching;
  return judgeStage({ stage, gate, comparedStages, evidence, guards, burn, assigned });
}

/** The last interval of Thumbwheel's own figures, and each window that came from outside. */
function burnOf(of: {
  watching: Watching;
  stage: StagePlan;
  lately: TrafficMinute;
  fresh: readonly NumberedStratum[];
}): Burn {
  const { watching, stage, lately, fresh } = of;
  const concurrent = stage.rule === 'bake' ? 'no' : 'yes';
  const own = { candidate: errorsIn(lately.candidate), baseline: errorsIn(lately.baseline) };
  const burns = [own, ...fresh.flatMap(({ errors }) => (errors === null ? [] : [errors]))].map((errors) => {
    const stratum = stratumFor(watching.reference.errors, { ...errors, concurrent });
    return stratum === null ? 'none' : burning(stratum);
  });
  if (burns.includes('both')) return 'both';
  return burns.includes('candidate') ? 'candidate' : 'none';
}

function errorsIn({ requests, errors }: ArmFigures): Incidents {
  return { requests, incidents: errors };
}
