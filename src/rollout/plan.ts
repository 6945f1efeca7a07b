/** What a stage has to show: exclude a disaster, decide, only watch for harm, or bake without a baseline. */
export type StageRule = 'exclude-disaster' | 'decide' | 'watch-harm' | 'bake';

export interface StagePlan {
  /** The candidate's share of the traffic, 1 to 100. */
  readonly percent: number;
  readonly rule: StageRule;
  /** The drop in thumbs up that `safe` excludes, as a fraction (0.10 = 10 points); null: none is proven. */
  readonly margin: number | null;
}

export type Require = 'improved' | 'no-worse';
export type OnTimeout = 'rollback' | 'pause' | 'promote';

/** The gate's settings of one rollout, filled once at its start; later settings do not change it. */
export interface GatePlan {
  readonly require: Require;
  readonly maxRegression: number;
  readonly alpha: number;
  /** Thumbs of the candidate that a stage needs. */
  readonly minSamples: number;
  readonly minDurationMs: number;
  readonly maxDurationMs: number;
  readonly checkIntervalMs: number;
  readonly bakeMs: number;
  readonly onTimeout: OnTimeout;
}

export interface RolloutPlan {
  readonly stages: readonly StagePlan[];
  readonly gate: GatePlan;
  /** J: stages with a baseline beside the candidate; the harm test's α is shared out among them. */
  readonly comparedStages: number;
}

/** What one rollout asks for; whatever is missing comes from the settings. */
export interface PlanInput {
  readonly stages?: readonly number[] | undefined;
  readonly gate?: { readonly [Key in keyof GatePlan]?: GatePlan[Key] | undefined } | undefined;
}

/** What the settings say where the input says nothing. */
export interface PlanDefaults {
  readonly stages: readonly number[];
  readonly gate: GatePlan;
}

/** Fills what the input leaves out and lays down what each stage has to show. */
export function makePlan(input: PlanInput, defaults: PlanDefaults): RolloutPlan {
  const percents = input.stages ?? defaults.stages;
  const given = Object.entries(input.gate ?? {}).filter(([, value]) => value !== undefined);
  const gate: GatePlan = { ...defaults.gate, ...Object.fromEntries(given) };
  const deciding = decidingStage(percents);
  const stages = percents.map((percent, index) => ({ percent, ...demand(percent, index - deciding, gate) }));
  return { stages, gate, comparedStages: percents.filter((percent) => percent < 100).length };
}

/** @param fromDeciding how many stages after the deciding one; negative: before it */
function demand(percent: number, fromDeciding: number, gate: GatePlan): Omit<StagePlan, 'percent'> {
  if (percent === 100) return { rule: 'bake', margin: null };
  // Early stages see little of the candidate: they exclude a disaster and leave the proof to the deciding one.
  if (fromDeciding < 0) return { rule: 'exclude-disaster', margin: 2 * gate.maxRegression };
  if (fromDeciding === 0) return { rule: 'decide', margin: gate.maxRegression };
  return { rule: 'watch-harm', margin: null };
}

/** Index of the compared stage nearest 50 %, where each rating tells most. */
function decidingStage(percents: readonly number[]): number {
  const distances = percents.filter((percent) => percent < 100).map((percent) => Math.abs(percent - 50));
  return distances.indexOf(Math.min(...distances));
}
