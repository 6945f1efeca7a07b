import type { SentAnswer } from './wire-types.ts';

/** How the body of a reply ends. Everything but `complete` is a fault. */
export type Ending = 'complete' | 'cut-between' | 'cut-inside' | 'reset' | 'error-event';

export interface JsonReply {
  readonly type: 'json';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly delayMs: number;
}

export interface AnswerReply {
  readonly type: 'answer';
  /** `unary` sends the only chunk as JSON, `sse` one event a chunk, `array` one JSON array of chunks. */
  readonly mode: 'unary' | 'sse' | 'array';
  readonly chunks: readonly SentAnswer[];
  readonly delayMs: number;
  readonly chunkDelayMs: number;
  readonly ending: Ending;
  /** With an ending other than `complete`: how many chunks go out whole before it. */
  readonly chunksBeforeEnding: number;
}

export interface TextReply {
  readonly type: 'text';
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  readonly delayMs: number;
}

export interface FileReply {
  readonly type: 'file';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly delayMs: number;
}

/** The connection is destroyed without an answer. */
export interface ResetReply {
  readonly type: 'reset';
  readonly delayMs: number;
}

/** What a handler says; `send.ts` alone turns it into bytes, so that faults can change it in between. */
export type Reply = JsonReply | AnswerReply | TextReply | FileReply | ResetReply;

export function jsonReply(
  body: unknown,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): JsonReply {
  return { type: 'json', status, headers, body, delayMs: 0 };
}

export function textReply(
  text: string,
  { status = 200, contentType = 'text/plain' }: { status?: number; contentType?: string } = {},
): TextReply {
  return { type: 'text', status, contentType, text, delayMs: 0 };
}

export function fileReply(path: string, headers: Record<string, string>): FileReply {
  return { type: 'file', path, headers, delayMs: 0 };
}

export function resetReply(): ResetReply {
  return { type: 'reset', delayMs: 0 };
}
