import type { Request } from 'express';
import { z } from 'zod';
import { toAppError } from '../platform/http/failure.ts';
import {
  defineRoute,
  type Exchange,
  type Reply,
  type ResponseDoc,
  type Route,
} from '../platform/http/route.ts';
import type { Answer, Answerer } from './answer.ts';
import type { Ask } from './ask.ts';
import { answerInfo, askBody, askHeaders, promptInput } from './ask-fields.ts';
import { createEventStream, serverStops } from './event-stream.ts';
import { createFindOriginal, type FindOriginalOptions } from './regenerate.ts';
import { isRequestType, REQUEST_TYPES, type RequestType, type RequestTypeEntry } from './request-types.ts';
import { createSegments } from './segments.ts';

export interface AssistantRoutesOptions extends FindOriginalOptions {
  answerer: Answerer;
}

const SSE = 'text/event-stream';
const BASE = '/api/v1/ai';

const responses: Record<number, ResponseDoc> = {
  200: {
    description:
      'The answer. With `Accept: text/event-stream` it comes in pieces: `delta` events of `{"text"}`, then `done` with the same info, or `error` where it breaks off.',
    info: answerInfo,
    content: { [SSE]: { schema: z.string() } },
  },
  422: { description: 'Gemini blocked the question or the answer; nothing is kept' },
  503: { description: 'The model can’t answer now; nothing is kept' },
  504: { description: 'The model was silent for too long; nothing is kept' },
};

/** Every request type's route, and the second answer to the same prompt. */
export function createAssistantRoutes({ answerer, ...original }: AssistantRoutesOptions): Route[] {
  const { admit } = createSegments();
  const types = Object.entries<RequestTypeEntry>(REQUEST_TYPES);
  return [
    ...types.flatMap(([name, entry]) =>
      isRequestType(name) ? [askRoute({ name, entry, admit, answerer })] : [],
    ),
    regenerateRoute(answerer, createFindOriginal(original)),
  ];
}

interface AskRouteOptions {
  name: RequestType;
  entry: RequestTypeEntry;
  admit: ReturnType<typeof createSegments>['admit'];
  answerer: Answerer;
}

function askRoute({ name, entry, admit, answerer }: AskRouteOptions): Route {
  return defineRoute({
    method: 'post',
    path: `${BASE}/${entry.path}`,
    aliases: (entry.aliases ?? []).map((alias) => `${BASE}/${alias}`),
    operationId: `ask_${name}`,
    tag: 'Answers',
    summary: entry.summary,
    access: 'public',
    request: z.object({ headers: askHeaders, body: askBody.meta({ example: entry.example }) }),
    responses,
    handler: ({ headers, body }, exchange) =>
      give({
        answerer,
        exchange,
        what: {
          requestType: name,
          prompt: entry.buildPrompt(promptInput(body)),
          promptVersion: entry.promptVersion,
          segment: admit(body.segment),
          regeneratedFrom: undefined,
          assignmentKey: headers['x-assignment-key'] || undefined,
        },
      }),
  });
}

function regenerateRoute(answerer: Answerer, findOriginal: ReturnType<typeof createFindOriginal>): Route {
  return defineRoute({
    method: 'post',
    path: `${BASE}/answers/{request_id}/regenerate`,
    operationId: 'regenerateAnswer',
    tag: 'Answers',
    summary: 'Give a second answer to the same prompt',
    description:
      'Works for as long as the first answer can be rated, whether or not it has its thumb. Thumbs on both make a preference pair.',
    access: 'public',
    request: z.object({ params: z.object({ request_id: z.string() }), headers: askHeaders }),
    responses: {
      ...responses,
      404: { description: 'The first answer expired, was taken back, or is not known' },
    },
    handler: async ({ params, headers }, exchange) => {
      const original = await findOriginal(params.request_id);
      const assignmentKey = headers['x-assignment-key'] || undefined;
      const what = { ...original, regeneratedFrom: params.request_id, assignmentKey };
      return give({ answerer, exchange, what });
    },
  });
}

interface Giving {
  answerer: Answerer;
  exchange: Exchange;
  what: Omit<Ask, 'signal' | 'onDelta'>;
}

/** As JSON, or as events where the caller asks for them; a failure before the first event is a plain status. */
async function give({ answerer, exchange, what }: Giving): Promise<Reply> {
  const { request, response, signal, cutOff } = exchange;
  if (!wantsEvents(request)) {
    const answer = await answerer.answer({ ...what, signal });
    if (answer !== 'caller_gone') return { status: 200, info: infoOf(answer) };
    if (cutOff?.aborted) throw serverStops();
    return 'sent';
  }
  const events = createEventStream(response);
  try {
    const answer = await answerer.answer({ ...what, signal, onDelta: events.delta });
    if (answer !== 'caller_gone') events.done(infoOf(answer));
    else if (cutOff?.aborted) events.fail(serverStops());
  } catch (error) {
    if (!events.hasBegun()) throw error;
    events.fail(toAppError(error));
  }
  return 'sent';
}

function wantsEvents(request: Request): boolean {
  return request.accepts(['application/json', SSE]) === SSE;
}

function infoOf({ requestId, requestType, text, modelVersion, truncated, regeneratedFrom }: Answer) {
  const info: z.output<typeof answerInfo> = {
    request_id: requestId,
    request_type: requestType,
    text,
    model_version: modelVersion,
  };
  if (truncated) info.truncated = true;
  if (regeneratedFrom !== undefined) info.regenerated_from = regeneratedFrom;
  return info;
}
