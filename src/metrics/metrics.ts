import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log.ts';
import {
  addAnswer,
  addCounts,
  addThumb,
  keyOfAnswer,
  keyOfThumb,
  type MetricsCounts,
  type MetricsKey,
  noCounts,
} from './counts.ts';
import type { MetricsRecorder } from './recorder.ts';

const FLUSH_INTERVAL_MS = 1_000;

/** A frozen database must not hold up the end of the process. */
const STOP_WITHIN_MS = 3_000;

/** Some days of one process without a database; then the oldest minutes go. */
const MOST_KEYS_KEPT = 20_000;

export interface MetricsOptions {
  store: { add: (counts: MetricsCounts[]) => Promise<void> };
  /** Sees every sample as well, for /metrics. */
  live?: MetricsRecorder;
  log: Log;
  now?: () => number;
}

export interface Metrics extends MetricsRecorder {
  start: () => void;
  /** Writes what is counted so far; never throws: what can't be written is kept for the next time. */
  flush: () => Promise<void>;
  /** Flushes once more and ends, within three seconds. */
  stop: () => Promise<void>;
}

/** Counts in memory and adds the sums to PostgreSQL every second. */
export function createMetrics({ store, live, log, now = Date.now }: MetricsOptions): Metrics {
  let pending = new Map<string, MetricsCounts>();
  let flushing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let failing = false;

  function at(key: MetricsKey): MetricsCounts {
    const name = nameOf(key);
    const counts = pending.get(name) ?? noCounts(key);
    pending.set(name, counts);
    return counts;
  }

  async function write(): Promise<void> {
    if (pending.size === 0) return;
    const batch = [...pending.values()].sort(byKey);
    pending = new Map();
    try {
      await store.add(batch);
      failing = false;
    } catch (error) {
      for (const counts of batch) addCounts(at(counts), counts);
      keepNewest(pending);
      if (!failing)
        log.warn({ event: 'metrics.not_written', err: error }, 'Figures are kept and written later');
      failing = true;
    }
  }

  function flush(): Promise<void> {
    flushing ??= write().finally(() => {
      flushing = undefined;
    });
    return flushing;
  }

  return {
    answer: (sample) => {
      live?.answer(sample);
      addAnswer(at(keyOfAnswer(sample, now())), sample);
    },
    thumb: (sample) => {
      live?.thumb(sample);
      addThumb(at(keyOfThumb(sample)), sample);
    },
    start: () => {
      timer = setInterval(() => void flush(), FLUSH_INTERVAL_MS);
    },
    flush,
    stop: async () => {
      clearInterval(timer);
      const lastFlush = async () => {
        await flushing;
        await flush();
      };
      await Promise.race([lastFlush(), sleep(STOP_WITHIN_MS, undefined, { ref: false })]);
    },
  };
}

function nameOf({ minuteMs, modelVersion, requestType, generation }: MetricsKey): string {
  return `${minuteMs} ${generation} ${requestType} ${modelVersion}`;
}

/** All processes write in one order, so that their statements can't lock each other out. */
function byKey(a: MetricsKey, b: MetricsKey): number {
  return a.minuteMs - b.minuteMs || (nameOf(a) < nameOf(b) ? -1 : 1);
}

function keepNewest(pending: Map<string, MetricsCounts>): void {
  const tooMany = pending.size - MOST_KEYS_KEPT;
  if (tooMany <= 0) return;
  const oldest = [...pending].sort(([, a], [, b]) => byKey(a, b)).slice(0, tooMany);
  for (const [name] of oldest) pending.delete(name);
}
