import type { DataSource } from 'typeorm';
import type { MetricsCounts } from './counts.ts';

export type SummaryInterval = 'day' | 'hour';

/** Sums of one interval, request type and version. */
export interface SummaryRow {
  start: Date;
  requestType: string;
  modelVersion: string;
  answers: number;
  errors: number;
  positives: number;
  negatives: number;
  latencyCounts: number[];
  inputTokens: number;
  outputTokens: number;
}

export type MetricsStore = ReturnType<typeof createMetricsStore>;

/** Aggregates of a minute in PostgreSQL. */
export function createMetricsStore({ db }: { db: DataSource }) {
  return {
    /** Adds to what is there, all in one statement. */
    add: async (counts: MetricsCounts[]): Promise<void> => {
      await db.query(ADD, [JSON.stringify(counts.map(asRow))]);
    },
    /** Sums by UTC day or hour, oldest first; thumbs count where they were first given. */
    summary: (days: number, interval: SummaryInterval): Promise<SummaryRow[]> =>
      db.query(SUMMARY, [days, interval]),
  };
}

function asRow({ minuteMs, ...counts }: MetricsCounts) {
  return { minute: new Date(minuteMs), ...counts };
}

const ADD = `
  INSERT INTO metrics_minute AS kept (
    minute, model_version, request_type, generation, drawn, answers, errors, blocked, truncated, other_model,
    positives, negatives, latency_counts, input_tokens, output_tokens)
  SELECT "minute", "modelVersion", "requestType", "generation", "drawn", "answers", "errors", "blocked", "truncated", "otherModel",
    "positives", "negatives", "latencyCounts", "inputTokens", "outputTokens"
  FROM jsonb_to_recordset($1::jsonb) AS fresh (
    "minute" timestamptz, "modelVersion" varchar, "requestType" varchar, "generation" bigint,
    "drawn" int, "answers" int, "errors" int, "blocked" int, "truncated" int, "otherModel" int,
    "positives" int, "negatives" int, "latencyCounts" int[], "inputTokens" bigint, "outputTokens" bigint)
  ON CONFLICT (minute, model_version, request_type, generation) DO UPDATE SET
    drawn = kept.drawn + EXCLUDED.drawn,
    answers = kept.answers + EXCLUDED.answers,
    errors = kept.errors + EXCLUDED.errors,
    blocked = kept.blocked + EXCLUDED.blocked,
    truncated = kept.truncated + EXCLUDED.truncated,
    other_model = kept.other_model + EXCLUDED.other_model,
    positives = kept.positives + EXCLUDED.positives,
    negatives = kept.negatives + EXCLUDED.negatives,
    latency_counts = (
      SELECT array_agg(coalesce(a, 0) + coalesce(b, 0) ORDER BY bucket)
      FROM unnest(kept.latency_counts, EXCLUDED.latency_counts) WITH ORDINALITY AS pair (a, b, bucket)),
    input_tokens = kept.input_tokens + EXCLUDED.input_tokens,
    output_tokens = kept.output_tokens + EXCLUDED.output_tokens`;

// A withdrawal that another process wrote first may come before its thumb: never below 0.
const SUMMARY = `
  WITH chosen AS (
    SELECT date_trunc($2, minute, 'UTC') AS start, * FROM metrics_minute
    WHERE minute >= now() - make_interval(days => $1::int)),
  latencies AS (
    SELECT start, request_type, model_version, array_agg(counted ORDER BY bucket) AS latency_counts FROM (
      SELECT start, request_type, model_version, bucket, sum(in_bucket)::int AS counted
      FROM chosen, unnest(latency_counts) WITH ORDINALITY AS u (in_bucket, bucket)
      GROUP BY start, request_type, model_version, bucket) AS buckets
    GROUP BY start, request_type, model_version)
  SELECT start, request_type AS "requestType", model_version AS "modelVersion",
    sum(answers)::int AS answers, sum(errors)::int AS errors,
    greatest(0, sum(positives))::int AS positives, greatest(0, sum(negatives))::int AS negatives,
    latencies.latency_counts AS "latencyCounts",
    sum(input_tokens)::float8 AS "inputTokens", sum(output_tokens)::float8 AS "outputTokens"
  FROM chosen JOIN latencies USING (start, request_type, model_version)
  GROUP BY start, request_type, model_version, latencies.latency_counts
  ORDER BY start, request_type, model_version`;
