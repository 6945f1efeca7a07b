import { z } from 'zod';
import { AppError } from '../errors.ts';
import type { ContextStore, GatedStage, RequestContext } from './context.ts';
import { type ContextsOptions, createNodeCacheContexts } from './node-cache-contexts.ts';
import { createRedisLink, type RedisClient } from './redis-link.ts';
import { isRequestType } from './request-types.ts';

export interface RedisContextsOptions extends ContextsOptions {
  url: string;
}

const SWEEP_MS = 300_000;
/** Longer than any quiet time in a stage; each thumb of the stage starts it anew. */
const FIRST_THUMBS_SECONDS = 7 * 24 * 3600;
const RETRY_AFTER_SECONDS = 5;

/** Ids by the time at which they expire, so that they can be counted without a walk over all keys. */
const INDEX = 'thumbwheel:contexts';
const keyOf = (requestId: string) => `thumbwheel:context:${requestId}`;
const ratedIn = ({ rolloutId, stage }: GatedStage) => `thumbwheel:rated:${rolloutId}:${stage}`;

/**
 * Contexts that all API processes share. While Redis is away they are kept in this process, where its own thumbs
 * find them; once it is back they move there.
 */
export function createRedisContexts({ url, ...options }: RedisContextsOptions): ContextStore {
  const local = createNodeCacheContexts(options);
  const link = createRedisLink({ url, log: options.log, onUp: () => void moveToRedis() });
  const sweep = setInterval(() => void tidy(), SWEEP_MS).unref();

  const store = (context: RequestContext, expiresAt: number) =>
    link.run((redis) => put(redis, context, expiresAt));

  async function moveToRedis(): Promise<void> {
    try {
      for (const { context, expiresAt } of local.entries()) {
        await store(context, expiresAt);
        await local.delete(context.requestId);
      }
    } catch {
      // Away again, or not ready to write: what is left stays here until the next time or the next sweep.
    }
  }

  async function tidy(): Promise<void> {
    await link.run((redis) => redis.zRemRangeByScore(INDEX, '-inf', Date.now())).catch(ignore);
    await moveToRedis();
  }

  return {
    put: async (context) => {
      await store(context, Date.now() + options.ttlMs).catch(() => local.put(context));
    },
    get: async (requestId) => {
      const here = await local.get(requestId);
      if (here) return here;
      const found = await link.run((redis) => redis.get(keyOf(requestId))).catch(unavailable);
      return found === null ? undefined : readContext(found);
    },
    delete: async (requestId) => {
      await local.delete(requestId);
      await link
        .run((redis) => redis.multi().del(keyOf(requestId)).zRem(INDEX, requestId).exec())
        .catch(ignore);
    },
    renew: async (requestId) => {
      await local.renew(requestId);
      await link.run((redis) => renew(redis, requestId, options.ttlMs)).catch(ignore);
    },
    count: async () => {
      const shared = await link.run((redis) => redis.zCount(INDEX, Date.now(), '+inf')).catch(() => 0);
      return shared + (await local.count());
    },
    isFirstThumb: (gate, assignmentHash) =>
      link
        .run((redis) => isFirstThumb(redis, ratedIn(gate), assignmentHash))
        .catch(() => local.isFirstThumb(gate, assignmentHash)),
    forgetFirstThumb: async (gate, assignmentHash) => {
      await local.forgetFirstThumb(gate, assignmentHash);
      await link.run((redis) => redis.sRem(ratedIn(gate), assignmentHash)).catch(ignore);
    },
    evicted: local.evicted,
    state: async () => (link.isUp() ? 'up' : 'down'),
    close: async () => {
      clearInterval(sweep);
      link.close();
      await local.close();
    },
  };
}

async function put(redis: RedisClient, context: RequestContext, expiresAt: number): Promise<void> {
  const { requestId } = context;
  const expiration = { type: 'PXAT', value: Math.ceil(expiresAt) } as const;
  await redis
    .multi()
    .set(keyOf(requestId), JSON.stringify(context), { expiration })
    .zAdd(INDEX, { score: expiresAt, value: requestId })
    .exec();
}

async function renew(redis: RedisClient, requestId: string, ttlMs: number): Promise<void> {
  const expiresAt = Date.now() + ttlMs;
  const isThere = await redis.pExpireAt(keyOf(requestId), expiresAt);
  if (isThere) await redis.zAdd(INDEX, { score: expiresAt, value: requestId });
}

async function isFirstThumb(redis: RedisClient, key: string, assignmentHash: string): Promise<boolean> {
  const [added] = await redis.multi().sAdd(key, assignmentHash).expire(key, FIRST_THUMBS_SECONDS).execTyped();
  return added === 1;
}

function unavailable(cause: unknown): never {
  throw new AppError(
    'contexts_unavailable',
    'Redis, which keeps the answers that wait for a thumb, is away',
    {
      retryAfterSeconds: RETRY_AFTER_SECONDS,
      cause,
    },
  );
}

const ignore = () => undefined;

/** One that another version of the program wrote in another shape counts as expired. */
function readContext(text: string): RequestContext | undefined {
  try {
    return storedContext.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** JSON drops what is undefined. */
const optional = <T extends z.ZodType>(schema: T) => schema.optional().transform((value) => value);

const storedContext: z.ZodType<RequestContext> = z.object({
  requestId: z.string(),
  requestType: z.string().refine(isRequestType),
  prompt: z.string(),
  response: z.string(),
  modelVersion: z.string(),
  timestamp: z.number(),
  promptVersion: z.string(),
  providerModel: optional(z.string()),
  segment: optional(z.string()),
  regeneratedFrom: optional(z.string()),
  trainable: z.boolean(),
  gate: optional(z.object({ rolloutId: z.string(), stage: z.number() })),
  assignmentHash: optional(z.string()),
});
