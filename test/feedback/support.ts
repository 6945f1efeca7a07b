import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { ContextStore, RequestContext } from '../../src/assistant/context.ts';
import { createNodeCacheContexts } from '../../src/assistant/node-cache-contexts.ts';
import { createFeedbackRoutes } from '../../src/feedback/routes.ts';
import { createFeedbackStore } from '../../src/feedback/store.ts';
import { createFeedback } from '../../src/feedback/submit.ts';
import type { ThumbSample } from '../../src/metrics/recorder.ts';
import { type Served, serve } from '../models/serve.ts';
import { silent } from '../platform/postgres/open-database.ts';

export const TTL_MS = 15 * 60_000;

export interface FeedbackUnderTest {
  served: Served;
  contexts: ContextStore;
  /** What was told to the metrics. */
  counted: ThumbSample[];
  /** Puts an answer that waits for its thumb; answers its request id. */
  answer: (over?: Partial<RequestContext>) => Promise<string>;
  close: () => Promise<void>;
}

/** The feedback room behind real HTTP, with contexts in memory and thumbs in PostgreSQL. */
export async function feedbackUnderTest(db: DataSource, given?: ContextStore): Promise<FeedbackUnderTest> {
  const contexts = given ?? createNodeCacheContexts({ ttlMs: TTL_MS, maxBytes: 10_000_000, log: silent });
  const counted: ThumbSample[] = [];
  const store = createFeedbackStore({ db });
  const metrics = { thumb: (sample: ThumbSample) => void counted.push(sample) };
  const feedback = createFeedback({ store, contexts, metrics, contextTtlMs: TTL_MS, log: silent });
  const served = await serve(createFeedbackRoutes({ feedback, store, contexts }));
  return {
    served,
    contexts,
    counted,
    answer: async (over = {}) => {
      const context = anAnswer(over);
      await contexts.put(context);
      return context.requestId;
    },
    close: async () => {
      await served.close();
      await contexts.close();
    },
  };
}

export function anAnswer(over: Partial<RequestContext> = {}): RequestContext {
  return {
    requestId: randomUUID(),
    requestType: 'explain',
    prompt: 'Explain this Python code: def fib(n)...',
    response: 'This is a recursive Fibonacci function...',
    modelVersion: 'gemini-3.5-flash-lite',
    timestamp: Date.now(),
    promptVersion: '1',
    providerModel: 'gemini-3.5-flash-lite',
    segment: 'beginner',
    regeneratedFrom: undefined,
    trainable: true,
    gate: undefined,
    assignmentHash: undefined,
    ...over,
  };
}
