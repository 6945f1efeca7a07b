import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createMetrics, type Metrics } from '../../src/metrics/metrics.ts';
import type { AnswerSample, ThumbSample } from '../../src/metrics/recorder.ts';
import { createMetricsRoutes } from '../../src/metrics/routes.ts';
import { createMetricsStore, type MetricsStore } from '../../src/metrics/store.ts';
import { createDataSource } from '../../src/platform/postgres/data-source.ts';
import { serve } from '../models/serve.ts';
import { type OpenDatabase, openDatabase, silent } from '../platform/postgres/open-database.ts';
import { severable } from '../platform/postgres/severable.ts';

const BASE = 'gemini-3.5-flash-lite';
const TUNED = `${BASE}-ft-001`;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Two hours ago, at the start of the hour. */
const THEN = Math.floor(Date.now() / HOUR) * HOUR - 2 * HOUR;

let database: OpenDatabase;
let store: MetricsStore;
let nowMs: number;

beforeEach(async () => {
  database = await openDatabase();
  store = createMetricsStore({ db: database.db });
  nowMs = THEN;
});

afterEach(() => database.close());

const recorder = (over: Partial<Parameters<typeof createMetrics>[0]> = {}): Metrics =>
  createMetrics({ store, log: silent, now: () => nowMs, ...over });

const answer = (over: Partial<AnswerSample> = {}): AnswerSample => ({
  modelVersion: BASE,
  requestType: 'explain',
  generation: 1,
  outcome: 'answered',
  latencyMs: 900,
  inputTokens: 100,
  outputTokens: 20,
  otherModel: false,
  by: 'request',
  ...over,
});

const thumb = (over: Partial<ThumbSample> = {}): ThumbSample => ({
  modelVersion: BASE,
  requestType: 'explain',
  at: new Date(THEN),
  positives: 1,
  negatives: 0,
  ...over,
});

interface Row {
  model_version: string;
  drawn: number;
  answers: number;
  errors: number;
  blocked: number;
  truncated: number;
  latency_counts: number[];
}

/** What is written, by version. */
async function written(): Promise<Row[]> {
  return database.db.query('SELECT * FROM metrics_minute ORDER BY model_version, generation, request_type');
}

describe('the minute of a version', () => {
  it('tells answers, errors, blocked and cut-off answers apart, and leaves out callers who went', async () => {
    const metrics = recorder();
    metrics.answer(answer());
    metrics.answer(answer({ outcome: 'truncated', latencyMs: 70_000 }));
    metrics.answer(answer({ outcome: 'failed' }));
    metrics.answer(answer({ outcome: 'blocked' }));
    metrics.answer(answer({ outcome: 'caller_gone' }));
    await metrics.flush();
    const [row] = await written();
    expect(row).toMatchObject({ answers: 2, errors: 1, blocked: 1, truncated: 1 });
    // The split gave it all five, whatever became of them.
    expect(row?.drawn).toBe(5);
    expect(row?.latency_counts.at(-1)).toBe(1);
    expect(row?.latency_counts.reduce((sum, count) => sum + count, 0)).toBe(2);
  });

  it('is kept apart by version, request type and generation of the weights', async () => {
    const metrics = recorder();
    const names = [`a b ${randomUUID()}`, "o'hara", 'ä'];
    for (const modelVersion of names) metrics.answer(answer({ modelVersion }));
    metrics.answer(answer({ modelVersion: 'ä', generation: 2 }));
    metrics.answer(answer({ modelVersion: 'ä', requestType: 'hint' }));
    await metrics.flush();
    const rows = await written();
    expect(rows).toHaveLength(5);
    expect(new Set(rows.map((row) => row.model_version))).toEqual(new Set(names));
  });
});

describe('the recorder', () => {
  it('adds up what several processes write for the same minute at the same time', async () => {
    const processes = Array.from({ length: 4 }, () => recorder());
    for (let round = 0; round < 5; round++) {
      for (const metrics of processes) {
        for (const requestType of ['explain', 'hint', 'tests', 'refactor_tips'] as const) {
          metrics.answer(answer({ requestType }));
          metrics.thumb(thumb({ requestType }));
        }
      }
      await Promise.all(processes.map((metrics) => metrics.flush()));
    }
    const rows: unknown[] = await database.db.query(
      `SELECT sum(answers)::int AS answers, sum(positives)::int AS positives, sum(input_tokens)::int AS tokens,
         count(*)::int AS rows FROM metrics_minute`,
    );
    expect(rows).toEqual([{ answers: 80, positives: 80, tokens: 8_000, rows: 8 }]);
  });

  it('keeps what it can’t write while the database is gone, and writes it once when it is back', async () => {
    const way = await severable(database.url);
    const db = await createDataSource({ url: way.url, log: silent, poolSize: 2 }).initialize();
    const metrics = recorder({ store: createMetricsStore({ db }) });
    metrics.answer(answer());
    way.cut();
    await metrics.flush();
    metrics.answer(answer());
    await metrics.flush();
    way.mend();
    await metrics.flush();
    await metrics.flush();
    expect(await written()).toMatchObject([{ answers: 2 }]);
    await db.destroy();
    await way.close();
  });

  it('writes by itself about every second, and what is left when it stops', async () => {
    const metrics = recorder();
    metrics.start();
    metrics.answer(answer());
    const from = performance.now();
    while ((await written()).length === 0) {
      expect(performance.now() - from).toBeLessThan(10_000);
    }
    metrics.answer(answer());
    await metrics.stop();
    expect(await written()).toMatchObject([{ answers: 2 }]);
  });
});

describe('GET /api/v1/metrics/summary', () => {
  it('gives the figures by UTC hour or day, request type and version', async () => {
    const metrics = recorder();
    for (const latencyMs of [650, 700, 750, 4_500]) metrics.answer(answer({ latencyMs }));
    metrics.answer(answer({ outcome: 'failed', modelVersion: TUNED, inputTokens: 0, outputTokens: 0 }));
    metrics.thumb(thumb());
    metrics.thumb(thumb({ modelVersion: TUNED, positives: 0, negatives: 1 }));
    nowMs += HOUR;
    metrics.answer(answer({ generation: 2 }));
    await metrics.flush();
    const served = await serve(createMetricsRoutes({ store }));
    const hours = await served.call('GET', '/api/v1/metrics/summary?interval=hour&days=1');
    const start = new Date(THEN).toISOString();
    expect(hours.body.info).toEqual({
      items: [
        {
          start,
          request_type: 'explain',
          model_version: BASE,
          answers: 4,
          errors: 0,
          positives: 1,
          negatives: 0,
          latency_p50_ms: expect.any(Number),
          latency_p95_ms: expect.any(Number),
          input_tokens: 400,
          output_tokens: 80,
        },
        expect.objectContaining({
          start,
          model_version: TUNED,
          answers: 0,
          errors: 1,
          negatives: 1,
          latency_p50_ms: null,
        }),
        expect.objectContaining({ start: new Date(THEN + HOUR).toISOString(), answers: 1 }),
      ],
    });
    expect(hours.body.info).toMatchObject({
      items: [{ latency_p50_ms: 733, latency_p95_ms: 4_800 }, {}, {}],
    });
    const days = await served.call('GET', '/api/v1/metrics/summary?days=2');
    expect(JSON.stringify(days.body.info)).toContain('T00:00:00.000Z');
    await served.close();
  });

  it('takes a withdrawn thumb off the minute in which it was given, never below 0', async () => {
    const first = recorder();
    const second = recorder();
    first.thumb(thumb());
    nowMs += HOUR;
    second.thumb(thumb({ positives: -1, negatives: 0 }));
    await second.flush();
    expect(await store.summary(1, 'hour')).toMatchObject([{ positives: 0 }]);
    await first.flush();
    expect(await store.summary(1, 'hour')).toMatchObject([{ positives: 0, negatives: 0 }]);
  });

  it.each([
    ['days=0', 'days'],
    ['days=3651', 'days'],
    ['days=x', 'days'],
    ['interval=week', 'interval'],
    ['interval=hour&interval=day', 'interval'],
  ])('refuses ?%s and names the field', async (query, field) => {
    const served = await serve(createMetricsRoutes({ store }));
    const answered = await served.call('GET', `/api/v1/metrics/summary?${query}`);
    expect(answered).toMatchObject({ status: 400, body: { error: { details: [{ field }] } } });
    await served.close();
  });
});
