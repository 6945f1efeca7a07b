import { emptyLatencyCounts, latencyBucket } from './histogram.ts';
import type { AnswerSample, ThumbSample } from './recorder.ts';

/** What belongs together: one minute, version, request type and generation of the weights. */
export interface MetricsKey {
  /** Start of the minute, epoch ms. */
  minuteMs: number;
  modelVersion: string;
  requestType: string;
  generation: number;
}

/** One key with its sums since the last flush. */
export interface MetricsCounts extends MetricsKey {
  /** Requests that were drawn for this version by themselves: what a check of the split may count. */
  drawn: number;
  answers: number;
  errors: number;
  blocked: number;
  truncated: number;
  otherModel: number;
  positives: number;
  negatives: number;
  latencyCounts: number[];
  inputTokens: number;
  outputTokens: number;
}

const MINUTE_MS = 60_000;

/** Thumbs belong to a version, not to the weights under which they came. */
const THUMBS_GENERATION = 0;

export function keyOfAnswer(sample: AnswerSample, nowMs: number): MetricsKey {
  const { modelVersion, requestType, generation } = sample;
  return { minuteMs: minuteOf(nowMs), modelVersion, requestType, generation };
}

export function keyOfThumb({ modelVersion, requestType, at }: ThumbSample): MetricsKey {
  return { minuteMs: minuteOf(at.getTime()), modelVersion, requestType, generation: THUMBS_GENERATION };
}

export function noCounts(key: MetricsKey): MetricsCounts {
  const { minuteMs, modelVersion, requestType, generation } = key;
  return {
    ...{ minuteMs, modelVersion, requestType, generation },
    ...{
      drawn: 0,
      answers: 0,
      errors: 0,
      blocked: 0,
      truncated: 0,
      otherModel: 0,
      positives: 0,
      negatives: 0,
    },
    latencyCounts: emptyLatencyCounts(),
    ...{ inputTokens: 0, outputTokens: 0 },
  };
}

/** Adds one call in place; a call whose caller went away says nothing of the version. */
export function addAnswer(counts: MetricsCounts, sample: AnswerSample): void {
  if (sample.by === 'request') counts.drawn += 1;
  if (sample.outcome === 'caller_gone') return;
  counts.inputTokens += sample.inputTokens;
  counts.outputTokens += sample.outputTokens;
  if (sample.otherModel) counts.otherModel += 1;
  if (sample.outcome === 'failed') counts.errors += 1;
  if (sample.outcome === 'blocked') counts.blocked += 1;
  if (sample.outcome === 'failed' || sample.outcome === 'blocked') return;
  counts.answers += 1;
  if (sample.outcome === 'truncated') counts.truncated += 1;
  const bucket = latencyBucket(sample.latencyMs);
  counts.latencyCounts[bucket] = (counts.latencyCounts[bucket] ?? 0) + 1;
}

export function addThumb(counts: MetricsCounts, sample: ThumbSample): void {
  counts.positives += sample.positives;
  counts.negatives += sample.negatives;
}

/** Adds what could not be written to what came since. */
export function addCounts(counts: MetricsCounts, more: MetricsCounts): void {
  for (const name of SUMS) counts[name] += more[name];
  counts.latencyCounts = counts.latencyCounts.map(
    (count, bucket) => count + (more.latencyCounts[bucket] ?? 0),
  );
}

const SUMS = [
  'drawn',
  'answers',
  'errors',
  'blocked',
  'truncated',
  'otherModel',
  'positives',
  'negatives',
  'inputTokens',
  'outputTokens',
] as const;

function minuteOf(ms: number): number {
  return Math.floor(ms / MINUTE_MS) * MINUTE_MS;
}
