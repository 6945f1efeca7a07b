import { isUtf8 } from 'node:buffer';
import cors from 'cors';
import express, { type Express, type Request, type RequestHandler } from 'express';
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { type AccessRules, checkAccess } from './access.ts';
import { failureHandler, invalidInput } from './failure.ts';
import { type RateLimitRules, rateLimiter } from './limits.ts';
import type { Route } from './route.ts';

const BODY_LIMIT_BYTES = 256 * 1024;

export interface AppOptions {
  routes: readonly Route[];
  access: AccessRules;
  rateLimit: RateLimitRules;
  /** Number of proxies whose X-Forwarded-For is believed. */
  trustProxy: number;
  corsOrigins: readonly string[];
  log: Log;
  /** Pages and probes, which stand outside the envelope. */
  extras: readonly RequestHandler[];
  /** See `Exchange.cutOff`. */
  cutOff?: AbortSignal;
}

/** Builds the application without listening, so that a test can use it on any port. */
export function createApp({
  routes,
  access,
  rateLimit,
  trustProxy,
  corsOrigins,
  log,
  extras,
  cutOff,
}: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', trustProxy);
  app.set('query parser', 'simple');
  app.use(plainHeaders);
  // Before the limit, so that a page on another origin can read its 429.
  if (corsOrigins.length > 0)
    app.use(cors({ origin: [...corsOrigins], exposedHeaders: ['Retry-After'], maxAge: 600 }));
  app.use(rateLimiter(rateLimit));
  for (const extra of extras) app.use(extra);
  const readJson = express.json({ limit: BODY_LIMIT_BYTES, strict: false, verify: refuseBrokenUtf8 });
  for (const route of routes)
    mount(app, route, { before: [guard(route, access), readUndeclared, requireJson, readJson], cutOff });
  app.use((request) => {
    throw new AppError('not_found', `Nothing answers ${request.method} on this address`);
  });
  app.use(failureHandler(log));
  return app;
}

/** The token is looked at before the body is read, so that a stranger can't make the server parse. */
function guard(route: Route, access: AccessRules): RequestHandler {
  return (request, _response, next) => {
    checkAccess(route, request, access);
    next();
  };
}

interface Mounting {
  before: RequestHandler[];
  cutOff: AbortSignal | undefined;
}

function mount(app: Express, route: Route, { before, cutOff }: Mounting): void {
  const paths = [route.path, ...(route.aliases ?? [])].map((path) => path.replaceAll(/\{(\w+)\}/g, ':$1'));
  app[route.method](paths, ...before, async (request, response) => {
    const gone = new AbortController();
    response.on('close', () => {
      if (!response.writableFinished) gone.abort(new Error('the caller went away'));
    });
    refuseUnknownQuery(route, request);
    const reply = await route.handle({
      request,
      response,
      signal: cutOff ? AbortSignal.any([gone.signal, cutOff]) : gone.signal,
      cutOff,
    });
    if (reply === 'sent') return;
    response
      .status(reply.status)
      .set(reply.headers ?? {})
      .json({ ok: true, info: reply.info });
  });
}

/** A mistyped filter must not be answered as if nothing had been asked for. */
function refuseUnknownQuery({ access, request: { shape } }: Route, { query }: Request): void {
  if (access === 'public') return;
  const known = shape.query instanceof z.ZodObject ? Object.keys(shape.query.shape) : [];
  const unknown = Object.keys(query).filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw invalidInput(unknown.map((field) => ({ field, message: 'is not a known field' })));
}

const plainHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
  });
  next();
};

/** A body that comes in chunks may turn out to be empty, and then needs no content type. */
const readUndeclared = express.raw({
  limit: BODY_LIMIT_BYTES,
  type: ({ headers }) => headers['transfer-encoding'] !== undefined && headers['content-type'] === undefined,
});

const requireJson: RequestHandler = (request, _response, next) => {
  if (Buffer.isBuffer(request.body) && request.body.length === 0) {
    request.body = undefined;
  } else if (hasBody(request) && !request.is('application/json')) {
    throw new AppError('unsupported_media_type', 'The body is not declared as JSON');
  }
  next();
};

function hasBody(request: Request): boolean {
  return request.get('transfer-encoding') !== undefined || Number(request.get('content-length') ?? 0) > 0;
}

function refuseBrokenUtf8(_request: unknown, _response: unknown, body: Buffer): void {
  if (!isUtf8(body)) throw new TypeError('not UTF-8');
}
