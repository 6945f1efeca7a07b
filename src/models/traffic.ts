import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Log } from '../log.ts';
import type { ModelVersion } from './entity.ts';
import type { Registry, Traffic } from './registry.ts';
import { ALL_BASIS_POINTS, bucketOf, layOut, pick, type Share } from './splitter.ts';

/** LISTEN tells of a change at once; the poll is the safety net for a lost connection. */
const POLL_INTERVAL_MS = 500;

/** What an answer needs to know of the model that gives it. */
export interface Arm {
  versionName: string;
  /** What Gemini is asked for: a model name, or a tuned version's endpoint. */
  target: string;
  generation: number;
  rolloutId: string | null;
  rolloutStage: number | null;
  /** Who answers when this version fails before its first byte: the baseline, else the heaviest version. */
  fallback: { versionName: string; target: string } | undefined;
  salt: string;
}

export interface TrafficView {
  /** Loads the weights once; throws when the database can't be reached. */
  start: () => Promise<void>;
  stop: () => Promise<void>;
  /** Draws the version for one answer; the same key stays on its arm. Undefined until the first load. */
  draw: (assignmentKey: string | undefined) => Arm | undefined;
  current: () => Traffic | undefined;
}

interface Loaded {
  traffic: Traffic;
  shares: Share[];
  targets: Map<string, string>;
}

export interface TrafficViewOptions {
  registry: Pick<Registry, 'traffic' | 'list'>;
  databaseUrl: string;
  log: Log;
}

/** Keeps the weights in memory and follows every change within a second of its commit. */
export function createTrafficView({ registry, databaseUrl, log }: TrafficViewOptions): TrafficView {
  let loaded: Loaded | undefined;
  let timer: NodeJS.Timeout | undefined;
  let refreshing: Promise<void> | undefined;
  const listener = createListener({ databaseUrl, log, onChange: () => void refresh() });

  async function load(): Promise<void> {
    const traffic = await registry.traffic();
    if (traffic.generation === loaded?.traffic.generation) return;
    const versions = await registry.list();
    loaded = {
      traffic,
      shares: layOut(traffic.weights, traffic.candidate ?? undefined),
      targets: targetsOf(versions),
    };
    for (const [name, percent] of Object.entries(traffic.weights).filter(([, weight]) => weight > 0)) {
      log.info(
        { event: 'models.active', model_version: name, weight: percent },
        `Active model: ${name} with ${percent}% traffic`,
      );
    }
  }

  /** One load at a time. A failed one keeps the weights that are known; the database's own log line tells of it. */
  function refresh(): Promise<void> {
    refreshing ??= load()
      .catch((error: unknown) =>
        log.debug({ event: 'models.refresh_failed', err: error }, 'Weights could not be read'),
      )
      .finally(() => {
        refreshing = undefined;
      });
    return refreshing;
  }

  return {
    start: async () => {
      await load();
      listener.start();
      timer = setInterval(() => void refresh(), POLL_INTERVAL_MS);
    },
    stop: async () => {
      clearInterval(timer);
      await listener.stop();
      await refreshing;
    },
    draw: (assignmentKey) => loaded && drawFrom(loaded, assignmentKey),
    current: () => loaded?.traffic,
  };
}

function drawFrom({ traffic, shares, targets }: Loaded, assignmentKey: string | undefined): Arm | undefined {
  const bucket =
    assignmentKey === undefined ? randomInt(ALL_BASIS_POINTS) : bucketOf(traffic.salt, assignmentKey);
  const versionName = pick(shares, bucket);
  const target = versionName && targets.get(versionName);
  if (!versionName || !target) return undefined;
  const standIn = fallbackFor(versionName, traffic);
  const fallbackTarget = standIn && targets.get(standIn);
  return {
    versionName,
    target,
    generation: traffic.generation,
    rolloutId: traffic.rolloutId,
    rolloutStage: traffic.rolloutStage,
    fallback: standIn && fallbackTarget ? { versionName: standIn, target: fallbackTarget } : undefined,
    salt: traffic.salt,
  };
}

/**
 * The baseline answers for a candidate, the heaviest version for any other; nobody answers for those two.
 * At 100 % the baseline is still named, with weight 0.
 */
function fallbackFor(versionName: string, { weights, candidate }: Traffic): string | undefined {
  const [first] = Object.entries(weights)
    .filter(([name]) => name !== candidate)
    .sort(([nameA, a], [nameB, b]) => b - a || (nameA < nameB ? -1 : 1));
  return first && first[0] !== versionName ? first[0] : undefined;
}

function targetsOf(versions: ModelVersion[]): Map<string, string> {
  const answering = versions.filter(
    (version) => version.endpoint !== null || version.versionName === version.baseModel,
  );
  return new Map(answering.map((version) => [version.versionName, version.endpoint ?? version.baseModel]));
}

const RECONNECT_AFTER_MS = 500;
const GOODBYE_MS = 1_000;

/** A LISTEN connection that is made anew whenever it is lost. */
function createListener({
  databaseUrl,
  log,
  onChange,
}: {
  databaseUrl: string;
  log: Log;
  onChange: () => void;
}) {
  let client: pg.Client | undefined;
  let retry: NodeJS.Timeout | undefined;
  let stopped = false;

  async function connect(): Promise<void> {
    const next = new pg.Client({
      connectionString: databaseUrl,
      keepAlive: true,
      connectionTimeoutMillis: 3_000,
    });
    client = next;
    next.on('error', (error) =>
      log.debug({ event: 'models.listen_lost', err: error }, 'The notification connection was lost'),
    );
    next.on('end', () => {
      if (client === next) again();
    });
    next.on('notification', onChange);
    try {
      await next.connect();
      await next.query('LISTEN thumbwheel_traffic');
    } catch (error) {
      await next.end().catch(() => undefined);
      throw error;
    }
    onChange();
  }

  function again(): void {
    if (stopped) return;
    clearTimeout(retry);
    retry = setTimeout(start, RECONNECT_AFTER_MS);
  }

  function start(): void {
    connect().catch(again);
  }

  return {
    start,
    stop: async () => {
      stopped = true;
      clearTimeout(retry);
      // A frozen server never answers a goodbye.
      const goodbye = client?.end().catch(() => undefined);
      await Promise.race([goodbye, sleep(GOODBYE_MS, undefined, { ref: false })]);
    },
  };
}
