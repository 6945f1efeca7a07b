import { z } from 'zod';
import { durationKind } from '../settings/kinds.ts';

const name = z.string().trim().min(1).max(200);
const duration = durationKind.schema;
const fractionUpToHalf = z.number().gt(0, 'must be a fraction such as 0.10').max(0.5);

const rising = (stages: readonly number[]) =>
  stages.at(-1) === 100 && stages.every((percent, i) => percent > (stages[i - 1] ?? 0));

/** The gate's keys as people write them; durations like `90s` or `14d` become milliseconds. */
export const gateInput = z
  .strictObject({
    require: z.enum(['improved', 'no-worse']).optional(),
    maxRegression: fractionUpToHalf.optional(),
    alpha: fractionUpToHalf.optional(),
    minSamples: z.number().int().min(1).max(1_000_000).optional(),
    minDuration: duration.optional(),
    maxDuration: duration.optional(),
    checkInterval: duration.refine((ms) => ms >= 100, 'must be at least 100ms').optional(),
    bake: duration.optional(),
    onTimeout: z.enum(['rollback', 'pause', 'promote']).optional(),
  })
  .transform(({ minDuration, maxDuration, checkInterval, bake, ...rest }) => ({
    ...rest,
    minDurationMs: minDuration,
    maxDurationMs: maxDuration,
    checkIntervalMs: checkInterval,
    bakeMs: bake,
  }));

/** What starts a rollout, by HTTP or as the workflow's input; all but the candidate may be left out. */
export const rolloutInput = z.strictObject({
  candidate: name,
  baseline: name.optional(),
  stages: z
    .array(z.number().int().min(1).max(100))
    .min(1)
    .max(20)
    .refine(rising, 'must rise and end with 100, such as [10, 50, 100]')
    .optional(),
  gate: gateInput.optional(),
});

/** A rollout's input after parsing: durations in milliseconds. */
export type RolloutRequest = z.output<typeof rolloutInput>;
