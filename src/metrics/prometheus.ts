import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { LATENCY_BOUNDS_MS } from './histogram.ts';
import type { AnswerSample, MetricsRecorder, ThumbSample } from './recorder.ts';

/** What is asked at each scrape; whatever fails or is left out is not shown. */
export interface Gauges {
  /** Percent by version name. */
  weights?: () => Readonly<Record<string, number>> | undefined;
  cachedContexts?: () => Promise<number>;
  /** The rollout that runs; undefined when none does. */
  rollout?: () => Promise<{ candidate: string; stage: number; verdict: string } | undefined>;
  /** Contexts that went at the memory bound, since the start. */
  contextEvictions?: () => number;
}

export interface Prometheus {
  /** Sees every sample. */
  recorder: MetricsRecorder;
  /** The page in Prometheus' text format 0.0.4. */
  render: () => Promise<string>;
}

/** Metrics of this process: base units, few labels, never an id. */
export function createPrometheus({ version, gauges }: { version: string; gauges: Gauges }): Prometheus {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'thumbwheel_build_info',
    help: 'Always 1; the labels say what runs.',
    labelNames: ['version', 'node_version'],
    registers: [registry],
  }).set({ version, node_version: process.version }, 1);
  registerGauges(registry, gauges);
  return { recorder: createRecorder(registry), render: () => registry.metrics() };
}

const BY_VERSION = ['model_version', 'request_type'] as const;

function createRecorder(registry: Registry): MetricsRecorder {
  const meters = createMeters(registry);
  return {
    answer: (sample) => countAnswer(meters, sample),
    thumb: (sample) => countThumb(meters, sample),
  };
}

type Meters = ReturnType<typeof createMeters>;

function createMeters(registry: Registry) {
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Counter({ name: `thumbwheel_${name}`, help, labelNames, registers: [registry] });
  return {
    answers: counter('answers_total', 'Calls of a model version, by how they ended.', [
      ...BY_VERSION,
      'outcome',
    ]),
    errors: counter('answer_errors_total', 'Calls of a model version that failed.', BY_VERSION),
    otherModel: counter(
      'other_model_answers_total',
      'Answers served by another model than the one asked for.',
      BY_VERSION,
    ),
    inputTokens: counter('input_tokens_total', 'Tokens sent to a model version.', BY_VERSION),
    outputTokens: counter('output_tokens_total', 'Tokens that a model version answered.', BY_VERSION),
    thumbs: counter('thumbs_total', 'Thumbs given, changed ones included.', [...BY_VERSION, 'thumb']),
    thumbsWithdrawn: counter('thumbs_withdrawn_total', 'Thumbs taken back or changed to the other.', [
      ...BY_VERSION,
      'thumb',
    ]),
    latency: new Histogram({
      name: 'thumbwheel_answer_duration_seconds',
      help: 'Time from the request to the end of its answer.',
      labelNames: BY_VERSION,
      buckets: LATENCY_BOUNDS_MS.map((bound) => bound / 1000),
      registers: [registry],
    }),
  };
}

function countAnswer(meters: Meters, sample: AnswerSample): void {
  const labels = { model_version: sample.modelVersion, request_type: sample.requestType };
  meters.answers.inc({ ...labels, outcome: sample.outcome });
  meters.errors.inc(labels, sample.outcome === 'failed' ? 1 : 0);
  meters.otherModel.inc(labels, sample.otherModel ? 1 : 0);
  meters.inputTokens.inc(labels, sample.inputTokens);
  meters.outputTokens.inc(labels, sample.outputTokens);
  if (sample.outcome === 'answered' || sample.outcome === 'truncated') {
    meters.latency.observe(labels, sample.latencyMs / 1000);
  }
}

function countThumb(meters: Meters, { modelVersion, requestType, positives, negatives }: ThumbSample): void {
  const labels = { model_version: modelVersion, request_type: requestType };
  for (const [thumb, change] of [
    ['up', positives],
    ['down', negatives],
  ] as const) {
    meters.thumbs.inc({ ...labels, thumb }, Math.max(0, change));
    meters.thumbsWithdrawn.inc({ ...labels, thumb }, Math.max(0, -change));
  }
}

function registerGauges(registry: Registry, gauges: Gauges): void {
  const { weights, cachedContexts, contextEvictions, rollout } = gauges;
  if (rollout) registerRollout(registry, rollout);
  if (weights) {
    new Gauge({
      name: 'thumbwheel_traffic_weight_ratio',
      help: 'Share of the traffic that a version gets, 0 to 1.',
      labelNames: ['model_version'],
      registers: [registry],
      collect() {
        this.reset();
        for (const [name, percent] of Object.entries(weights() ?? {})) {
          this.set({ model_version: name }, percent / 100);
        }
      },
    });
  }
  if (cachedContexts) {
    new Gauge({
      name: 'thumbwheel_cached_contexts',
      help: 'Answers that wait for a thumb.',
      registers: [registry],
      async collect() {
        await cachedContexts().then(
          (count) => this.set(count),
          () => this.remove(),
        );
      },
    });
  }
  if (contextEvictions) {
    new Counter({
      name: 'thumbwheel_context_evictions_total',
      help: 'Answers whose context went before its time because memory was full.',
      registers: [registry],
      collect() {
        this.reset();
        this.inc(contextEvictions());
      },
    });
  }
}

/** The running rollout; both gauges are empty while none runs or the database can't be asked. */
function registerRollout(registry: Registry, rollout: NonNullable<Gauges['rollout']>): void {
  // All gauges of a page are collected at once: both wait for one look.
  let asked: ReturnType<typeof rollout> | undefined;
  const look = () => {
    asked ??= rollout()
      .catch(() => undefined)
      .finally(() => {
        asked = undefined;
      });
    return asked;
  };
  new Gauge({
    name: 'thumbwheel_rollout_stage_ratio',
    help: 'Share of the traffic that the stage of the running rollout gives to its candidate, 0 to 1.',
    labelNames: ['candidate'],
    registers: [registry],
    async collect() {
      const running = await look();
      this.reset();
      if (running) this.set({ candidate: running.candidate }, running.stage / 100);
    },
  });
  new Gauge({
    name: 'thumbwheel_rollout_verdict',
    help: 'Always 1; the label is the last verdict of the running rollout.',
    labelNames: ['candidate', 'verdict'],
    registers: [registry],
    async collect() {
      const running = await look();
      this.reset();
      if (running) this.set({ candidate: running.candidate, verdict: running.verdict }, 1);
    },
  });
}
