import { z } from 'zod';
import type { OpenedPlan } from './opened.ts';

const storedPlan = z.object({
  stages: z.array(
    z.object({
      percent: z.number(),
      rule: z.enum(['exclude-disaster', 'decide', 'watch-harm', 'bake']),
      margin: z.number().nullable(),
    }),
  ),
  gate: z.object({
    require: z.enum(['improved', 'no-worse']),
    maxRegression: z.number(),
    alpha: z.number(),
    minSamples: z.number(),
    minDurationMs: z.number(),
    maxDurationMs: z.number(),
    checkIntervalMs: z.number(),
    bakeMs: z.number(),
    onTimeout: z.enum(['rollback', 'pause', 'promote']),
  }),
  comparedStages: z.number(),
  baselineRate: z.number(),
  slowAboveBucket: z.number().nullable(),
});

/** The plan as the row keeps it. Throws when the column holds something else. */
export function readPlan(stored: unknown): OpenedPlan {
  return storedPlan.parse(stored);
}
