import { z } from 'zod';
import { text } from '../platform/http/fields.ts';
import { gateInput, rolloutInput } from './input.ts';
import { parseSample } from './samples.ts';
import { snakeCase } from './snake-case.ts';

/** HTTP writes names with underscores, Temporal's payloads in camel case; either is understood here. */
const GATE_KEYS = new Map(Object.keys(gateInput.in.shape).map((key) => [snakeCase(key), key]));

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
    for (const name of givenTwice(body.gate))
      context.addIssue({ code: 'custom', message: 'is given twice', path: ['gate', name] });
    const input = body.gate === undefined ? body : { ...body, gate: renamed(body.gate) };
    const parsed = rolloutInput.safeParse(input);
    if (!parsed.success) {
      for (const issue of parsed.error.issues)
        context.issues.push({ ...issue, input: undefined, path: issue.path.map(asHttp) });
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
    if (!parsed.ok)
      context.addIssue({ code: 'custom', message: parsed.problem, path: [snakeCase(parsed.field)] });
    return sample;
  })
  .meta({ id: 'RolloutMetrics' });

type Gate = Readonly<Record<string, unknown>>;

function renamed(gate: Gate): Record<string, unknown> {
  return Object.fromEntries(Object.entries(gate).map(([key, value]) => [GATE_KEYS.get(key) ?? key, value]));
}

/** Names that stand there in both spellings: one of the two values would be dropped. */
function givenTwice(gate: Gate = {}): string[] {
  return [...GATE_KEYS]
    .filter(([http, own]) => http !== own && http in gate && own in gate)
    .map(([http]) => http);
}

function asHttp(part: PropertyKey): PropertyKey {
  return typeof part === 'string' ? snakeCase(part) : part;
}
