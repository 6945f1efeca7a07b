import { z } from 'zod';
import { behaviour } from '../knobs.ts';

/** How a job will end, fixed when it is made; everything but `succeed` comes from a fault. */
export const jobPlans = [
  'succeed',
  'succeed-without-endpoint',
  'fail',
  'expire',
  'be-cancelled',
  'never-end',
  'ignore-cancel',
] as const;

/** What is kept of a tuning job. Its state is never stored: it follows from these facts and the clock. */
export const jobRecord = z.object({
  id: z.string(),
  project: z.string(),
  location: z.string(),
  createTimeMs: z.number(),
  durationMs: z.number(),
  plan: z.enum(jobPlans),
  cancelTimeMs: z.number().optional(),
  /** The request as sent, for the fields that answers repeat. */
  request: z.record(z.string(), z.unknown()),
  labels: z.record(z.string(), z.string()),
  displayName: z.string().optional(),
  description: z.string().optional(),
  /** Name in the catalogue, also when tuning goes on from a tuned model. */
  baseModel: z.string(),
  modelId: z.string(),
  modelVersion: z.number(),
  modelDeleted: z.boolean().default(false),
  modelUpdates: z
    .object({ displayName: z.string().optional(), description: z.string().optional() })
    .default({}),
  /** One a checkpoint, the last one being the model's own. */
  endpointIds: z.array(z.string()),
  endpointLocation: z.string(),
  /** A fault of the training data, found while the job prepares it. */
  dataFault: z.string().optional(),
  stats: z.object({
    examples: z.number(),
    tokens: z.number(),
    characters: z.number(),
    dropped: z.array(z.object({ index: z.number(), reason: z.string() })),
    steps: z.number(),
    epochs: z.number(),
  }),
  behaviour,
});
export type JobRecord = z.infer<typeof jobRecord>;
