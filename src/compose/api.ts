import { join } from 'node:path';
import type { Express, RequestHandler } from 'express';
import { createAnswerer } from '../assistant/answer.ts';
import { createNodeCacheContexts } from '../assistant/node-cache-contexts.ts';
import { createRecentAnswers } from '../assistant/recent-answers.ts';
import { createRedisContexts } from '../assistant/redis-contexts.ts';
import { newRequestId } from '../assistant/request-id.ts';
import { createAssistantRoutes } from '../assistant/routes.ts';
import { createDatasetRoutes } from '../dataset/routes.ts';
import { AppError } from '../errors.ts';
import { createFeedbackRoutes } from '../feedback/routes.ts';
import { createFeedbackStore } from '../feedback/store.ts';
import { createFeedback } from '../feedback/submit.ts';
import { createGeminiClient } from '../gemini/client.ts';
import { whyNotServed } from '../gemini/connection.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { createPrometheus } from '../metrics/prometheus.ts';
import type { MetricsRecorder } from '../metrics/recorder.ts';
import { createMetricsRoutes } from '../metrics/routes.ts';
import { createModelRoutes } from '../models/routes.ts';
import { createTrafficView } from '../models/traffic.ts';
import { type Check, createProbes } from '../operations/health.ts';
import { createOperationsRoutes } from '../operations/routes.ts';
import { pipelineRoutes } from '../pipeline/routes.ts';
import { createTrigger } from '../pipeline/trigger.ts';
import type { AccessRules } from '../platform/http/access.ts';
import { createApp } from '../platform/http/app.ts';
import type { RateLimitRules } from '../platform/http/limits.ts';
import { openApiPage } from '../platform/http/openapi.ts';
import { pages } from '../platform/http/pages.ts';
import { createRolloutRoutes } from '../rollout/routes.ts';
import { maskedSettings } from '../settings/masked.ts';
import { isGiven } from '../settings/parse.ts';
import { type Core, databaseCheck, geminiCheck, temporalCheck } from './core.ts';
import { DIST, VERSION } from './dist.ts';

export interface ApiOptions {
  access: AccessRules;
  rateLimit: RateLimitRules;
  /** Further dependencies of the same process, such as a worker. */
  checks: readonly Check[];
}

export interface Api {
  app: Express;
  /** Answers while the database is waited for: probes, and a plain 503 for the rest. */
  early: Express;
  /** Loads the weights, then follows them; the database must be connected. */
  start: () => Promise<void>;
  /** From now on `/readyz` is 503; streams that have not ended by then are told so before they are cut. */
  stopping: (graceMs: number) => void;
  stop: () => Promise<void>;
}

/** Time for a stream to say that it is cut. */
const LAST_WORDS_MS = 500;

/** Everything behind the HTTP door, wired by hand. */
export function composeApi(core: Core, options: ApiOptions): Api {
  const { context, parts, registry, metricsStore } = core;
  const { log, settings } = context;
  const contexts = composeContexts(core);
  const cutOff = new AbortController();
  const traffic = createTrafficView({ registry, databaseUrl: parts.databaseUrl, log });
  const prometheus = createPrometheus({
    version: VERSION,
    gauges: {
      weights: () => traffic.current()?.weights,
      cachedContexts: () => contexts.count(),
      contextEvictions: () => contexts.evicted(),
      rollout: () => rolloutGauges(core),
    },
  });
  const recent = createRecentAnswers();
  const live: MetricsRecorder = {
    answer: (sample) => {
      prometheus.recorder.answer(sample);
      recent.answer(sample);
    },
    thumb: prometheus.recorder.thumb,
  };
  const metrics = createMetrics({ store: metricsStore, live, log });
  const probes = createProbes({
    checks: [
      {
        name: 'traffic',
        need: 'required',
        look: async () =>
          traffic.current() ? { state: 'up' } : { state: 'down', reason: 'weights are not loaded yet' },
      },
      databaseCheck(core, 'optional'),
      {
        name: 'contexts',
        need: 'optional',
        look: async () => ({ state: await contexts.state(), kept_in: parts.redisUrl ? 'redis' : 'memory' }),
      },
      temporalCheck(core, 'optional'),
      geminiCheck(core, recent.failures),
      ...options.checks,
    ],
    metricsText: prometheus.render,
  });
  const routes = composeRoutes(core, { contexts, traffic, metrics });
  const shared = {
    access: options.access,
    rateLimit: options.rateLimit,
    trustProxy: settings.trustProxy,
    corsOrigins: settings.corsOrigins,
    log,
    cutOff: cutOff.signal,
  };
  const documents = openApiPage(routes, VERSION);
  const site = pages({ page: join(DIST, 'web'), docs: join(DIST, 'api-docs') });
  const app = createApp({ ...shared, routes, extras: [probes.handler, documents, site] });
  const early = createApp({ ...shared, routes: [], extras: [probes.handler, refuseUntilReady] });
  return {
    app,
    early,
    start: async () => {
      await traffic.start();
      await sayUnserved(core);
      metrics.start();
    },
    stopping: (graceMs) => {
      probes.stopping();
      setTimeout(() => cutOff.abort(new Error('the server is stopping')), graceMs - LAST_WORDS_MS).unref();
    },
    stop: async () => {
      await metrics.stop();
      await traffic.stop();
      await contexts.close();
    },
  };
}

/** A folder that was begun with the emulator may go on with Gemini, which knows nothing of what the emulator tuned. */
async function sayUnserved({ registry, parts, context: { log, say } }: Core): Promise<void> {
  for (const { versionName, baseModel, endpoint, trafficWeight } of await registry.list()) {
    const why = endpoint && trafficWeight > 0 ? whyNotServed(endpoint, parts.gemini.connection) : undefined;
    if (!why) continue;
    const message = `${versionName} has ${trafficWeight} % of the traffic and can't answer: ${why}. Give it to another version, such as POST /api/v1/models/${baseModel}/activate, or set another DATA_DIR`;
    log.warn({ event: 'models.not_served', model_version: versionName }, message);
    say(`${message}.`);
  }
}

const refuseUntilReady: RequestHandler = () => {
  throw new AppError('database_unavailable', 'This server still waits for its database', {
    retryAfterSeconds: 5,
  });
};

function composeContexts({ parts, context: { settings, log } }: Core) {
  const options = {
    ttlMs: settings.feedbackCacheTtlMs,
    maxBytes: settings.feedbackCacheMaxMb * 1024 * 1024,
    log,
  };
  return parts.redisUrl
    ? createRedisContexts({ ...options, url: parts.redisUrl })
    : createNodeCacheContexts(options);
}

interface Live {
  contexts: ReturnType<typeof composeContexts>;
  traffic: ReturnType<typeof createTrafficView>;
  metrics: ReturnType<typeof createMetrics>;
}

function composeRoutes(core: Core, { contexts, traffic, metrics }: Live) {
  const { context, parts, db, registry, rollouts, pipelines, temporal, links, metricsStore } = core;
  const { log, settings, baseModels, environment } = context;
  const store = createFeedbackStore({ db });
  const contextTtlMs = settings.feedbackCacheTtlMs;
  const answerer = createAnswerer({
    traffic,
    gemini: createGeminiClient(parts.gemini.connection),
    contexts,
    metrics,
    log,
    timeoutMs: settings.geminiTimeoutMs,
    newId: newRequestId,
  });
  const feedback = createFeedback({ store, contexts, metrics, contextTtlMs, log });
  return [
    ...createAssistantRoutes({ answerer, contexts, findRated: store.findRated, contextTtlMs }),
    ...createDatasetRoutes({ db, temporal, links, log }),
    ...createFeedbackRoutes({ feedback, store, contexts }),
    ...createMetricsRoutes({ store: metricsStore }),
    ...createModelRoutes({
      registry,
      baseModels,
      rolloutRunning: async () => (await rollouts.running()) !== null,
      tuningWorkflows: (jobs) => tuningWorkflows(core, jobs),
      log,
    }),
    ...createRolloutRoutes({ store: rollouts, registry, temporal, links, log }),
    ...pipelineRoutes({ pipelines, pipelineTrigger: createTrigger({ temporal, links }), links }),
    ...createOperationsRoutes({
      settings: maskedSettings(settings, (variable) => isGiven(environment, variable)),
    }),
  ];
}

async function tuningWorkflows({ pipelines, links }: Core, jobs: readonly string[]) {
  const runs = await pipelines.runsOf(jobs);
  const linked = [...runs].map(
    ([job, run]) => [job, { ...run, webUiUrl: links.workflow(run.workflowId, run.runId) }] as const,
  );
  return new Map(linked);
}

async function rolloutGauges({ rollouts }: Core) {
  const running = await rollouts.running();
  if (!running) return undefined;
  return {
    candidate: running.candidate,
    stage: running.stage ?? 0,
    verdict: running.verdict ?? 'no-evidence',
  };
}
