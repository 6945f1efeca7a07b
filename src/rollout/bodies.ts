import { z } from 'zod';
import { text } from '../platform/http/fields.ts';
import { rolloutInput } from './input.ts';
import { parseSample } from './samples.ts';

/** HTTP writes names with underscores, Temporal's payloads in camel case; either is understood here. */
const GATE_KEYS: Readonly<Record<string, string>> = {
  max_regression: 'maxRegression',
  min_samples: 'minSamples',
  min_duration: 'minDuration',
  max_duration: 'maxDuration',
  check_interval: 'checkInterval',
  on_timeout: 'onTimeout',
};

const loose = z.record(z.string(), z.unknown());

/** The body that starts a rollout; `input` is what its workflow gets. */
export const rolloutBody = z
  .looseObject({
    candidate: text.describe('Any registered version'),
    baseline: text.optional().describe('Default: the version with the highest weight'),
    stages: z.array(z.number()).optional().describe('Rising percentages that end with 100'),
    gate: loose
      .optional()
      .describe(
        'require, max_regression, alpha, min_samples, min_duration, max_duration, check_interval, bake, on_timeout; what is missing comes from the settings',
      ),
  })
  .transform((body, context) => {
    const input = body.gate === undefined ? body : { ...body, gate: renamed(body.gate) };
    const parsed = rolloutInput.safeParse(input);
    if (!parsed.success) {
      for (const issue of parsed.error.issues)
        context.issues.push({ ...issue, input: undefined, message: issue.message });
      return z.NEVER;
    }
    return { candidate: parsed.data.candidate, baseline: parsed.data.baseline, input };
  })
  .meta({ id: 'RolloutStart' });

const count = z.int().min(0).max(1_000_000);

/** The body of a metrics sample; the signal gets it in camel case. */
export const metricsBody = z
  .strictObject({
    model_version: text,
    positives: count.default(0),
    negatives: count.default(0),
    requests: count.optional(),
    errors: count.optional(),
    latency_p95_ms: z.number().min(0).optional(),
    window: text.describe('An ISO 8601 interval, or a duration such as PT5M that ends now'),
    source: text.min(1).max(200).optional(),
  })
  .transform(({ model_version: modelVersion, latency_p95_ms: latencyP95Ms, ...rest }, context) => {
    const sample = { ...rest, modelVersion, ...(latencyP95Ms === undefined ? {} : { latencyP95Ms }) };
    const parsed = parseSample(sample);
    if (!parsed.ok) context.addIssue({ code: 'custom', message: parsed.problem, path: ['window'] });
    return sample;
  })
  .meta({ id: 'RolloutMetrics' });

function renamed(gate: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(gate).map(([key, value]) => [GATE_KEYS[key] ?? key, value]));
}
