import { z } from 'zod';

/** How one model or endpoint answers; what is left out falls back to the next wider knob. */
export const behaviour = z.strictObject({
  /** Share of the known questions answered with the reference, 0 to 1. */
  quality: z.number().min(0).max(1).optional(),
  /** Wait before the first byte. */
  latencyMs: z.number().int().min(0).max(600_000).optional(),
  /** Wait before each further chunk of a stream. */
  chunkDelayMs: z.number().int().min(0).max(60_000).optional(),
  /** Share of requests, 0 to 1, answered with 503 UNAVAILABLE. */
  errorRate: z.number().min(0).max(1).optional(),
  /** What `modelVersion` says in place of the model's own name. */
  modelVersion: z.string().min(1).optional(),
});
export type Behaviour = z.infer<typeof behaviour>;

/** The behaviour of a model that is yet to be tuned; the first preset that fits a new job is used up. */
export const tunedPreset = z.strictObject({
  displayName: z.string().optional(),
  baseModel: z.string().optional(),
  behaviour,
});
export const presets = z.array(tunedPreset);
export type TunedPreset = z.infer<typeof tunedPreset>;

const settingFields = {
  tuningDurationMs: z.number().int().min(0),
  /** Tuning jobs of one project that run at once; Google's own default is 1. */
  concurrentJobs: z.number().int().min(1),
  /** Whether a tuned endpoint lies in the location that tuned it or in the multi-region that serves it. */
  endpointLocation: z.enum(['tuning', 'serving']),
  /** Whether resource names that are handed out hold the project's id or its number. */
  projectInNames: z.enum(['id', 'number']),
  /** Buckets that do not exist; every other one is there from its first use on. */
  missingBuckets: z.array(z.string()),
  /** Largest page of any list. */
  maxPageSize: z.number().int().min(1),
};

/** Settings that were changed by a knob; the others follow the options of each start. */
export const settingsChange = z.strictObject(settingFields).partial();
export type Settings = z.infer<z.ZodObject<typeof settingFields>>;

export const defaultSettings: Settings = {
  tuningDurationMs: 20_000,
  concurrentJobs: 1,
  endpointLocation: 'tuning',
  projectInNames: 'id',
  missingBuckets: [],
  maxPageSize: 100,
};

export interface EffectiveBehaviour {
  readonly quality: number;
  readonly latencyMs: number;
  readonly chunkDelayMs: number;
  readonly errorRate: number;
  readonly modelVersion: string | undefined;
}

/**
 * The behaviour of a target. Later layers win: the knob `*`, what the model was tuned with, then the
 * knobs under each of its names, in the order given.
 */
export function effectiveBehaviour(
  knobs: Readonly<Record<string, Behaviour>>,
  target: { names: readonly string[]; tuned?: Behaviour },
): EffectiveBehaviour {
  const layers = [knobs['*'], target.tuned, ...target.names.map((name) => knobs[name])];
  const merged: Behaviour = Object.assign({}, ...layers);
  return {
    quality: merged.quality ?? 1,
    latencyMs: merged.latencyMs ?? 0,
    chunkDelayMs: merged.chunkDelayMs ?? 0,
    errorRate: merged.errorRate ?? 0,
    modelVersion: merged.modelVersion,
  };
}

/** Takes the first preset that fits a new job out of the list. */
export function takePreset(
  list: TunedPreset[],
  job: { displayName: string | undefined; baseModel: string },
): Behaviour {
  const at = list.findIndex(
    (preset) =>
      (preset.displayName === undefined || preset.displayName === job.displayName) &&
      (preset.baseModel === undefined || preset.baseModel === job.baseModel),
  );
  return at < 0 ? {} : (list.splice(at, 1)[0]?.behaviour ?? {});
}
