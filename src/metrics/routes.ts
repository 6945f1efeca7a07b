import { z } from 'zod';
import { days, listOf } from '../platform/http/fields.ts';
import { defineRoute, type Route } from '../platform/http/route.ts';
import { latencyQuantileMs } from './histogram.ts';
import type { MetricsStore, SummaryRow } from './store.ts';

const item = z.object({
  start: z.iso.datetime().describe('Start of the day or hour, UTC'),
  request_type: z.string(),
  model_version: z.string(),
  answers: z.int(),
  errors: z.int(),
  positives: z.int(),
  negatives: z.int(),
  latency_p50_ms: z.int().nullable().describe('Estimated from buckets; null without answers'),
  latency_p95_ms: z.int().nullable(),
  input_tokens: z.int(),
  output_tokens: z.int(),
});

/** Figures for charts. */
export function createMetricsRoutes({ store }: { store: Pick<MetricsStore, 'summary'> }): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/metrics/summary',
      operationId: 'getMetricsSummary',
      tag: 'Operations',
      summary: 'Figures by day or hour, request type and model version',
      description: 'Written every second. A thumb counts in the minute in which it was first given.',
      access: 'admin',
      request: z.object({
        query: z.object({ days, interval: z.enum(['day', 'hour']).default('day') }),
      }),
      responses: { 200: { description: 'Oldest first', info: listOf(item) } },
      handler: async ({ query }) => {
        const rows = await store.summary(query.days, query.interval);
        return { status: 200, info: { items: rows.map(asItem) } };
      },
    }),
  ];
}

function asItem(row: SummaryRow): z.output<typeof item> {
  return {
    start: row.start.toISOString(),
    request_type: row.requestType,
    model_version: row.modelVersion,
    answers: row.answers,
    errors: row.errors,
    positives: row.positives,
    negatives: row.negatives,
    latency_p50_ms: latencyQuantileMs(row.latencyCounts, 0.5),
    latency_p95_ms: latencyQuantileMs(row.latencyCounts, 0.95),
    input_tokens: row.inputTokens,
    output_tokens: row.outputTokens,
  };
}
