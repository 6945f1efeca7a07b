import { EntitySchema } from 'typeorm';
import { count, moment, named, word } from '../platform/postgres/columns.ts';

/**
 * Figures of one minute, model version, request type and generation of the weights: aggregates only.
 * The generation tells the gate under which stage the requests were served.
 */
export interface MetricsMinute {
  minute: Date;
  modelVersion: string;
  requestType: string;
  generation: string;
  /** Requests drawn for this version by themselves, not by a key and not as a fallback. */
  drawn: number;
  /** Answers given, cut-off ones included. */
  answers: number;
  /** Failed calls of this version, also where another version then answered. */
  errors: number;
  blocked: number;
  truncated: number;
  /** Answers served by another model than the one asked for. */
  otherModel: number;
  positives: number;
  negatives: number;
  /** Answers per latency bucket; bounds in `histogram.ts`, the last one open. */
  latencyCounts: number[];
  inputTokens: string;
  outputTokens: string;
}

export const MetricsMinuteEntity = new EntitySchema<MetricsMinute>({
  name: 'MetricsMinute',
  tableName: 'metrics_minute',
  columns: {
    minute: { ...moment, primary: true },
    modelVersion: named('model_version', { ...word, primary: true }),
    requestType: named('request_type', { ...word, primary: true }),
    generation: { type: 'bigint', primary: true },
    drawn: count,
    answers: count,
    errors: count,
    blocked: count,
    truncated: count,
    otherModel: named('other_model', count),
    positives: count,
    negatives: count,
    latencyCounts: named('latency_counts', { type: 'int', array: true }),
    inputTokens: named('input_tokens', { type: 'bigint', default: 0 }),
    outputTokens: named('output_tokens', { type: 'bigint', default: 0 }),
  },
  indices: [{ name: 'idx_metrics_minute_generation', columns: ['generation', 'minute'] }],
});
