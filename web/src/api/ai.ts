import { createParser } from 'eventsource-parser';
import { ApiError, errorFromBody, errorFromResponse, isRecord } from './api-error.ts';
import { apiUrl } from './base-url.ts';

export type RequestType = 'explain' | 'hint' | 'tests' | 'refactor_tips';

/** What is asked: the code, and what the answer should know about it. `level` (1 to 3) is for hints. */
export type AskInput = {
  code: string;
  language?: string;
  question?: string;
  level?: number;
  segment?: string;
};

/** A finished answer, in the API's own words. */
export type AnswerInfo = {
  request_id: string;
  request_type: string;
  text: string;
  model_version: string;
  /** The model stopped at its length limit. */
  truncated?: boolean;
};

type AskOptions = {
  requestType: RequestType;
  input: AskInput;
  signal: AbortSignal;
  /** Called with each new piece of text as it arrives. */
  onDelta: (text: string) => void;
};

const paths: Record<RequestType, string> = {
  explain: '/api/v1/ai/explain',
  hint: '/api/v1/ai/hint',
  tests: '/api/v1/ai/tests',
  refactor_tips: '/api/v1/ai/refactor-tips',
};

const feedbackTimeoutMs = 15_000;

/**
 * Asks for an answer and streams it. Only the returned info has the request id, so nothing can be rated
 * before the answer is complete.
 *
 * @throws ApiError when no complete answer came; the abort's own error when `signal` was aborted.
 */
export async function askAI({ requestType, input, signal, onDelta }: AskOptions): Promise<AnswerInfo> {
  const response = await send(apiUrl(paths[requestType]), {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify(input),
    signal,
  });
  if (!response.ok) throw await errorFromResponse(response);
  if (!response.body || !response.headers.get('content-type')?.startsWith('text/event-stream')) {
    const body: unknown = await response.json().catch(() => null);
    return readAnswer(isRecord(body) ? body.info : null);
  }
  return readStream({ body: response.body, signal, onDelta });
}

/**
 * Stores a thumb: true is up, false is down. Resolves only when the server has committed it; the same
 * thumb again is stored once, the other thumb replaces the first.
 *
 * @throws ApiError, among others `context_expired` (404) and `already_exported` (409).
 */
export async function submitAIFeedback(requestId: string, isPositive: boolean): Promise<void> {
  const response = await send(apiUrl(`/api/v1/ai/feedback/${encodeURIComponent(requestId)}`), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ is_positive: isPositive }),
    signal: AbortSignal.timeout(feedbackTimeoutMs),
  });
  if (!response.ok) throw await errorFromResponse(response);
}

async function send(url: string, init: RequestInit & { signal: AbortSignal }): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new ApiError({ code: 'network', message: 'The server could not be reached.', status: 0 });
  }
}

type StreamOptions = {
  body: ReadableStream<Uint8Array>;
  signal: AbortSignal;
  onDelta: (text: string) => void;
};

/** Reads `delta` events up to `done`; a stream that ends without it is an error, not an answer. */
async function readStream({ body, signal, onDelta }: StreamOptions): Promise<AnswerInfo> {
  const received: { answer?: AnswerInfo } = {};
  const parser = createParser({
    onEvent({ event, data }) {
      const content = parseJson(data);
      if (event === 'delta' && isRecord(content) && typeof content.text === 'string') onDelta(content.text);
      if (event === 'done') received.answer = readAnswer(content);
      if (event === 'error') throw errorFromBody({ error: content, status: 200 });
    },
  });
  const reader = body.getReader();
  const decoder = new TextDecoder();
  try {
    while (!received.answer) {
      const { done, value } = await reader.read();
      if (done) break;
      parser.feed(decoder.decode(value, { stream: true }));
    }
  } catch (error) {
    if (error instanceof ApiError || signal.aborted) throw error;
    throw cutStream();
  } finally {
    void reader.cancel().catch(() => undefined);
  }
  if (!received.answer) throw cutStream();
  return received.answer;
}

function cutStream(): ApiError {
  return new ApiError({ code: 'stream_cut', message: 'The answer broke off.', status: 200 });
}

function readAnswer(value: unknown): AnswerInfo {
  if (isAnswer(value)) return value;
  throw new ApiError({
    code: 'unreadable_answer',
    message:
      'The server sent an answer that this page cannot read. Reload the page to get its newest version.',
    status: 200,
  });
}

function isAnswer(value: unknown): value is AnswerInfo {
  return (
    isRecord(value) &&
    typeof value.request_id === 'string' &&
    typeof value.request_type === 'string' &&
    typeof value.text === 'string' &&
    typeof value.model_version === 'string'
  );
}

function parseJson(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}
