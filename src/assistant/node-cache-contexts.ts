import NodeCache from 'node-cache';
import type { Log } from '../log.ts';
import type { ContextStore, RequestContext } from './context.ts';
import { createFirstThumbs } from './first-thumbs.ts';

export interface ContextsOptions {
  /** How long an answer waits for its thumb. */
  ttlMs: number;
  /** Bound of what is kept in this process. */
  maxBytes: number;
  log: Log;
}

export interface NodeCacheContexts extends ContextStore {
  /** Everything that a thumb would still find, the oldest first. */
  entries: () => { context: RequestContext; expiresAt: number }[];
}

const SWEEP_SECONDS = 300;
const REPORT_EVERY_MS = 10_000;

/**
 * Contexts in this process. node-cache alone refuses new keys at its limit; here the oldest make room, and every
 * context lives equally long, so the order of arrival (or renewal) is the order of expiry.
 */
export function createNodeCacheContexts({ ttlMs, maxBytes, log }: ContextsOptions): NodeCacheContexts {
  // A TTL of 0 would mean "for ever" to node-cache.
  const ttlSeconds = Math.max(1, ttlMs) / 1000;
  const cache = new NodeCache({ stdTTL: ttlSeconds, checkperiod: SWEEP_SECONDS, useClones: false });
  /** Bytes by request id, in order of expiry. */
  const sizes = new Map<string, number>();
  const evictions = createEvictionReport(log);
  let bytes = 0;

  cache.on('del', (requestId: string) => {
    bytes -= sizes.get(requestId) ?? 0;
    sizes.delete(requestId);
  });

  function makeRoom(): void {
    for (const requestId of sizes.keys()) {
      if (bytes <= maxBytes || sizes.size <= 1) return;
      const alive = cache.has(requestId);
      cache.del(requestId);
      if (alive) evictions.add();
    }
  }

  /** Whatever expired since the last sweep stands at the front. */
  function dropExpired(): void {
    for (const requestId of sizes.keys()) if (cache.has(requestId)) return;
  }

  return {
    ...createFirstThumbs(),
    put: async (context) => {
      cache.del(context.requestId);
      const size = sizeOf(context);
      bytes += size;
      sizes.set(context.requestId, size);
      cache.set(context.requestId, context);
      makeRoom();
    },
    get: async (requestId) => cache.get<RequestContext>(requestId),
    delete: async (requestId) => void cache.del(requestId),
    renew: async (requestId) => {
      const size = sizes.get(requestId);
      if (size === undefined || !cache.ttl(requestId)) return;
      sizes.delete(requestId);
      sizes.set(requestId, size);
    },
    count: async () => {
      dropExpired();
      return sizes.size;
    },
    evicted: evictions.total,
    entries: () =>
      [...sizes.keys()].flatMap((requestId) => {
        const context = cache.get<RequestContext>(requestId);
        return context ? [{ context, expiresAt: cache.getTtl(requestId) ?? 0 }] : [];
      }),
    state: async () => 'up',
    close: async () => {
      cache.close();
      evictions.close();
    },
  };
}

/** Keys, numbers and the objects themselves. */
const OVERHEAD_BYTES = 1_000;

/** V8 keeps ASCII at one byte a character; anything else is taken at two. */
function sizeOf({ prompt, response }: RequestContext): number {
  const textBytes = (text: string) =>
    Buffer.byteLength(text) === text.length ? text.length : 2 * text.length;
  return textBytes(prompt) + textBytes(response) + OVERHEAD_BYTES;
}

/** The first eviction is told at once; under lasting pressure one line sums up ten seconds. */
function createEvictionReport(log: Log) {
  let total = 0;
  let untold = 0;
  let timer: NodeJS.Timeout | undefined;

  function tell(): void {
    if (untold === 0) {
      timer = undefined;
      return;
    }
    log.warn(
      { event: 'feedback_context.evicted', count: untold, evicted_total: total },
      'Answers can’t be rated any more: the memory for them is full. Raise FEEDBACK_CACHE_MAX_MB',
    );
    untold = 0;
    timer = setTimeout(tell, REPORT_EVERY_MS).unref();
  }

  return {
    add: () => {
      total += 1;
      untold += 1;
      if (!timer) tell();
    },
    total: () => total,
    close: () => clearTimeout(timer),
  };
}
