import type { Request, Response } from 'express';
import type { z } from 'zod';

/** What a route reads of a request: an object schema with any of `params`, `query`, `headers`, `body`. */
export type RequestSchema = z.ZodObject;

export interface ResponseDoc {
  description: string;
  /** Shape of `info`, for JSON answers. */
  info?: z.ZodType;
  /** Other media types, such as text/event-stream. */
  content?: Record<string, { schema: z.ZodType }>;
}

/** What the application and the OpenAPI document need to know of a route. */
export interface RouteDoc {
  method: 'get' | 'post' | 'delete';
  /** Written as in OpenAPI: `/api/v1/models/{version_name}/activate`. */
  path: string;
  /** Further spellings that answer the same. */
  aliases?: string[];
  operationId: string;
  tag: 'Answers' | 'Feedback' | 'Models' | 'Rollouts' | 'Pipelines' | 'Exports' | 'Operations';
  summary: string;
  description?: string;
  /** `admin` wants the bearer token; `loopback-admin` spares a caller on this machine where the system is all embedded. */
  access: 'public' | 'admin' | 'loopback-admin';
  request: RequestSchema;
  responses: Record<number, ResponseDoc>;
}

/** `sent`: the handler wrote the response itself (a stream or a download). */
export type Reply = { status: number; info: unknown; headers?: Record<string, string> } | 'sent';

export interface Exchange {
  request: Request;
  response: Response;
  /** Aborts when the caller goes away before the answer is finished. */
  signal: AbortSignal;
  /** Aborts when the server is about to cut what has not ended; a stream says so first. */
  cutOff?: AbortSignal | undefined;
}

export interface Route extends RouteDoc {
  handle: (exchange: Exchange) => Promise<Reply>;
}

/**
 * Declares a route once: the schema validates, documents itself in OpenAPI and types the handler's input.
 * A ZodError thrown by the parse becomes 400 `invalid_input` with the field at fault.
 */
export function defineRoute<Schema extends RequestSchema>(
  definition: RouteDoc & {
    request: Schema;
    handler: (input: z.output<Schema>, exchange: Exchange) => Promise<Reply>;
  },
): Route {
  const { handler, ...doc } = definition;
  return {
    ...doc,
    handle: (exchange) => handler(definition.request.parse(partsOf(exchange.request)), exchange),
  };
}

/** Parts that a schema does not name are stripped by it. An absent body reads as an empty object. */
function partsOf({ params, query, headers, body }: Request) {
  return { params, query, headers, body: body === undefined ? {} : body };
}
