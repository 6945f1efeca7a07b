import type { RequestType } from '../assistant/request-types.ts';

/** How one call of a model version ended. `caller_gone` counts nowhere but in the totals of Prometheus. */
export type AnswerOutcome = 'answered' | 'truncated' | 'blocked' | 'failed' | 'caller_gone';

export interface AnswerSample {
  modelVersion: string;
  requestType: RequestType;
  /** Generation of the weights under which the version was drawn. */
  generation: number;
  /** Drawn for this request by itself, by the caller's assignment key, or as the fallback of another version. */
  by: 'request' | 'key' | 'fallback';
  outcome: AnswerOutcome;
  latencyMs: number;
  inputTokens: number;
  outputTokens: number;
  /** The provider named another model than the one asked for. */
  otherModel: boolean;
}

export interface ThumbSample {
  modelVersion: string;
  requestType: RequestType;
  /** When the thumb was first given: a later change or withdrawal corrects that minute. */
  at: Date;
  /** +1 or -1 on each count: a changed thumb is minus one here, plus one there. */
  positives: number;
  negatives: number;
}

/** Counts in memory; written to PostgreSQL as aggregates of a minute, and shown on /metrics. */
export interface MetricsRecorder {
  answer: (sample: AnswerSample) => void;
  thumb: (sample: ThumbSample) => void;
}
