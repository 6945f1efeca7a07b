import type { JobPlan } from '../tuning/job-state.ts';
import { apiErrorBody, type Canonical, canonicalStatuses, storageErrorReply } from '../wire/errors.ts';
import {
  type AnswerReply,
  type Ending,
  jsonReply,
  type Reply,
  resetReply,
  textReply,
} from '../wire/reply.ts';
import type { Surface, WireRequest } from '../wire/route.ts';
import { blockedPrompt, continuation, finished, withLastCandidate } from './fault-answers.ts';
import type { FaultName, FaultParams } from './fault-names.ts';

/** Where a fault takes hold: before the handler, instead of it, or on what it said. */
export interface FaultEffect {
  request?(request: WireRequest): WireRequest;
  instead?(params: FaultParams, surface: Surface): Reply;
  reply?(reply: Reply, params: FaultParams): Reply;
}

const statusTexts: Readonly<Record<string, readonly [Canonical, string]>> = {
  '400': ['INVALID_ARGUMENT', 'Request contains an invalid argument.'],
  '401': [
    'UNAUTHENTICATED',
    'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.',
  ],
  '403': ['PERMISSION_DENIED', 'The caller does not have permission'],
  '404': ['NOT_FOUND', 'Requested entity was not found.'],
  '409': ['ABORTED', 'The operation was aborted.'],
  '499': ['CANCELLED', 'The operation was cancelled.'],
  '500': ['INTERNAL', 'Internal error encountered.'],
  '503': ['UNAVAILABLE', 'The model is overloaded. Please try again later.'],
  '504': ['DEADLINE_EXCEEDED', 'Deadline expired before operation could complete.'],
};

const html502 =
  '<!DOCTYPE html>\n<html lang=en>\n<title>Error 502 (Server Error)!!1</title>\n<p><b>502.</b> <ins>That’s an error.</ins>\n<p>The server encountered a temporary error and could not complete your request.<p>Please try again in 30 seconds.\n';

const effects: Readonly<Record<FaultName, FaultEffect>> = {
  '400': status('400'),
  '401': status('401'),
  '403': status('403'),
  '404': status('404'),
  '408': { instead: (_, surface) => refusal(surface, 408, 'Request timed out.', 'DEADLINE_EXCEEDED') },
  '409': status('409'),
  '412': {
    instead: () =>
      storageErrorReply(
        412,
        'conditionNotMet',
        'At least one of the pre-conditions you specified did not hold.',
      ),
  },
  '429': { instead: tooMany },
  '499': status('499'),
  '500': status('500'),
  '502': { instead: () => textReply(html502, { status: 502, contentType: 'text/html' }) },
  '503': status('503'),
  '504': status('504'),
  delay: { reply: (reply, { delayMs = 1000 }) => ({ ...reply, delayMs: reply.delayMs + delayMs }) },
  'slow-chunks': { reply: onAnswer((reply, { delayMs = 500 }) => ({ ...reply, chunkDelayMs: delayMs })) },
  'cut-between': ending('cut-between'),
  'cut-inside': ending('cut-inside'),
  'error-event': ending('error-event'),
  reset: {
    reply: (reply, { afterChunks = 0 }) =>
      reply.type === 'answer' && afterChunks > 0
        ? { ...reply, ending: 'reset', chunksBeforeEnding: afterChunks }
        : resetReply(),
  },
  'lost-answer': { reply: resetReply },
  'broken-json': {
    instead: () => textReply('{"candidates": [{"content": ', { contentType: 'application/json' }),
  },
  'broken-json-503': {
    instead: () => textReply('{"error": {"code": 503, ', { status: 503, contentType: 'application/json' }),
  },
  'empty-body': { instead: () => textReply('', { contentType: 'application/json' }) },
  'empty-object': { reply: emptyObject },
  'blocked-prompt': {
    reply: onAnswer((reply, { blockReason = 'SAFETY' }) => blockedPrompt(reply, blockReason)),
  },
  finish: {
    reply: onAnswer((reply, params) =>
      finished(reply, params.finishReason ?? 'SAFETY', params.text ?? 'none'),
    ),
  },
  'max-tokens': { reply: onAnswer((reply, params) => finished(reply, 'MAX_TOKENS', params.text ?? 'part')) },
  'empty-text': { reply: onAnswer((reply) => finished(reply, 'STOP', 'empty')) },
  'no-parts': { reply: onAnswer((reply) => finished(reply, 'STOP', 'none')) },
  'no-finish': {
    reply: onAnswer((reply) => withLastCandidate(reply, ({ finishReason: _, ...rest }) => rest)),
  },
  'continuation-token': { reply: onAnswer(continuation) },
  'other-model-version': {
    reply: onAnswer((reply, { modelVersion = 'gemini-0.0-other' }) => ({
      ...reply,
      chunks: reply.chunks.map((chunk) => ({ ...chunk, modelVersion })),
    })),
  },
  'job-fails': plan('fail'),
  'job-expires': plan('expire'),
  'job-is-cancelled': plan('be-cancelled'),
  'job-never-ends': plan('never-end'),
  'job-without-endpoint': plan('succeed-without-endpoint'),
  'job-ignores-cancel': plan('ignore-cancel'),
  'pages-of-one': { request: pagesOfOne },
  'missing-upload-status': { reply: withoutUploadStatus },
  'wrong-crc32c': { reply: wrongChecksum },
};

export function effectOf(name: FaultName): FaultEffect {
  return effects[name];
}

function status(code: keyof typeof statusTexts): FaultEffect {
  const [canonical, message] = statusTexts[code] ?? (['INTERNAL', 'Internal error encountered.'] as const);
  return { instead: (_, surface) => refusal(surface, canonicalStatuses[canonical], message, canonical) };
}

function refusal(surface: Surface, code: number, message: string, canonical: Canonical): Reply {
  if (surface === 'storage') return storageErrorReply(code, 'backendError', message);
  return jsonReply({ error: { code, message, status: canonical } }, { status: code });
}

function tooMany({ retryDelay = '7s' }: FaultParams, surface: Surface): Reply {
  const message = 'Resource exhausted. Please try again later.';
  if (surface === 'storage') return storageErrorReply(429, 'rateLimitExceeded', message);
  const info = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay };
  return jsonReply(apiErrorBody('RESOURCE_EXHAUSTED', message, [info]), { status: 429 });
}

function onAnswer(
  change: (reply: AnswerReply, params: FaultParams) => AnswerReply,
): NonNullable<FaultEffect['reply']> {
  return (reply, params) => (reply.type === 'answer' ? change(reply, params) : reply);
}

function ending(kind: Ending): FaultEffect {
  return {
    reply: onAnswer((reply, { afterChunks = 1 }) => ({
      ...reply,
      ending: kind,
      chunksBeforeEnding: afterChunks,
    })),
  };
}

function plan(jobPlan: JobPlan): FaultEffect {
  return { request: (request) => ({ ...request, jobPlan }) };
}

/** Cloud Storage says maxResults, every other list pageSize. */
function pagesOfOne(request: WireRequest): WireRequest {
  const query = new URLSearchParams(request.query);
  query.set('pageSize', '1');
  query.set('maxResults', '1');
  return { ...request, query };
}

function emptyObject(reply: Reply): Reply {
  return reply.type === 'answer' ? { ...reply, chunks: [{}] } : jsonReply({});
}

function withoutUploadStatus(reply: Reply): Reply {
  if (reply.type !== 'json') return reply;
  const { 'x-goog-upload-status': _, ...headers } = reply.headers;
  return { ...reply, headers };
}

function wrongChecksum(reply: Reply): Reply {
  if (reply.type !== 'json' || typeof reply.body !== 'object') return reply;
  return { ...reply, body: { ...reply.body, crc32c: 'AAAAAA==', md5Hash: 'AAAAAAAAAAAAAAAAAAAAAA==' } };
}
