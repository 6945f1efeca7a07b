import { z } from 'zod';
import type { ContextStore } from '../assistant/context.ts';
import { text } from '../platform/http/fields.ts';
import { defineRoute, type Reply, type Route } from '../platform/http/route.ts';
import type { FeedbackStore } from './store.ts';
import type { Feedback, ThumbResult } from './submit.ts';

export interface FeedbackRoutesOptions {
  feedback: Feedback;
  store: Pick<FeedbackStore, 'count'>;
  contexts: Pick<ContextStore, 'count'>;
}

const PATH = '/api/v1/ai/feedback/{request_id}';
const params = z.object({ request_id: z.string().describe('What the answer gave as `request_id`') });

const thumb = z.object({
  is_positive: z.boolean().describe('true = thumb up, false = thumb down'),
  comment: text.max(4_000).optional().describe('What was good or bad, in the person’s own words'),
  correction: text.max(65_536).optional().describe('The answer as the person would have had it'),
});

const thumbInfo = z.object({
  request_id: z.string(),
  is_positive: z.boolean(),
  changed: z.boolean().describe('true when something stored earlier was changed'),
});

const stats = z.object({
  total_count: z.int(),
  positive_count: z.int(),
  unexported_count: z.int(),
  cached_contexts: z.int().describe('Answers that still wait for a thumb'),
});

/** Thumbs given, taken back and counted. */
export function createFeedbackRoutes(options: FeedbackRoutesOptions): Route[] {
  return [giveThumb(options), takeBack(options), showStats(options)];
}

function giveThumb({ feedback }: FeedbackRoutesOptions): Route {
  return defineRoute({
    method: 'post',
    path: PATH,
    operationId: 'submitFeedback',
    tag: 'Feedback',
    summary: 'Put a thumb up or down under an answer',
    description:
      'Works for as long as the answer’s context lives. The same thumb again stores nothing twice; the other thumb replaces the first one until an export has taken it.',
    access: 'public',
    request: z.object({ params, body: thumb }),
    responses: {
      200: { description: 'There was a thumb already', info: thumbInfo },
      201: { description: 'Stored and committed', info: thumbInfo },
    },
    handler: async ({ params: { request_id }, body }) => {
      const { is_positive: isPositive, comment, correction } = body;
      const result = await feedback.submitFeedback(request_id, { isPositive, comment, correction });
      return reply(request_id, result);
    },
  });
}

function takeBack({ feedback }: FeedbackRoutesOptions): Route {
  return defineRoute({
    method: 'delete',
    path: PATH,
    operationId: 'withdrawFeedback',
    tag: 'Feedback',
    summary: 'Take a thumb back, for good',
    description: 'It is in no later export or training set, and the answer can’t be rated again.',
    access: 'public',
    request: z.object({ params }),
    responses: { 200: { description: 'Taken back, now or earlier', info: thumbInfo } },
    handler: async ({ params: { request_id } }) => reply(request_id, await feedback.withdraw(request_id)),
  });
}

function showStats({ store, contexts }: FeedbackRoutesOptions): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/ai/feedback/stats',
    operationId: 'getFeedbackStats',
    tag: 'Feedback',
    summary: 'Count the thumbs',
    description: 'Thumbs that were taken back count nowhere.',
    access: 'public',
    request: z.object({}),
    responses: { 200: { description: 'Counts of now', info: stats } },
    handler: async () => {
      const [counts, waiting] = await Promise.all([store.count(), contexts.count()]);
      const info: z.output<typeof stats> = {
        total_count: counts.total,
        positive_count: counts.positive,
        unexported_count: counts.unexported,
        cached_contexts: waiting,
      };
      return { status: 200, info };
    },
  });
}

function reply(requestId: string, { outcome, isPositive }: ThumbResult): Reply {
  const info: z.output<typeof thumbInfo> = {
    request_id: requestId,
    is_positive: isPositive,
    changed: outcome === 'changed',
  };
  return { status: outcome === 'stored' ? 201 : 200, info };
}
