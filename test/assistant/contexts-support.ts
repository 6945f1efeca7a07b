import { randomUUID } from 'node:crypto';
import { afterEach } from '@jest/globals';
import type { ContextStore, RequestContext } from '../../src/assistant/context.ts';
import { createRedisContexts } from '../../src/assistant/redis-contexts.ts';
import { readableLog } from './support.ts';

export const { log } = readableLog();
/** What a test has opened; closed after it. */
export const open: ContextStore[] = [];

afterEach(async () => {
  for (const store of open.splice(0)) await store.close();
});

export function someContext(changes: Partial<RequestContext> = {}): RequestContext {
  return {
    requestId: randomUUID(),
    requestType: 'explain',
    prompt: 'Explain `x`. 😀\u2028',
    response: 'An answer.',
    modelVersion: 'gemini-3.5-flash-lite',
    timestamp: Date.now(),
    promptVersion: 'explain-1',
    providerModel: undefined,
    segment: undefined,
    regeneratedFrom: undefined,
    trainable: true,
    gate: undefined,
    assignmentHash: undefined,
    ...changes,
  };
}

export interface StoreOptions {
  ttlMs?: number;
  maxBytes?: number;
}

export async function redisStore(url: string, { ttlMs = 60_000, maxBytes = 1_000_000 }: StoreOptions = {}) {
  const store = createRedisContexts({ url, ttlMs, maxBytes, log });
  open.push(store);
  await untilState(store, 'up');
  return store;
}

export async function untilState(store: ContextStore, wanted: 'up' | 'down'): Promise<void> {
  await until(async () => (await store.state()) === wanted);
}

export async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(10);
}

export function sleep(ms: number): Promise<void> {
  return new Promise((wake) => setTimeout(wake, ms));
}
