import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { effectOf } from '../faults/fault-effects.ts';
import { type Fault, faultOfHeader } from '../faults/faults.ts';
import { targetNames } from '../gemini/targets.ts';
import type { World } from '../world.ts';
import { ApiFault, apiErrorBody, errorReply, invalidArgument, StorageFault } from './errors.ts';
import type { Reply } from './reply.ts';
import { matchRoute, type Route, type RouteMatch, type WireRequest } from './route.ts';
import { sendReply } from './send.ts';

const largestBody = '64mb';

/** One middleware serves every path of the table: match, authenticate, fault, handle, send, log. */
export function createServer(world: World, routes: readonly Route[]): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  const readBody = express.raw({ type: () => true, limit: largestBody });

  app.use((req: Request, res: Response, next: NextFunction) => {
    const { pathname } = new URL(req.url, 'http://emulator');
    const match = matchRoute(routes, req.method, pathname);
    res.locals.match = match;
    if (match?.route.body === 'stream') next();
    else readBody(req, res, next);
  });
  app.use(async (req: Request, res: Response) => {
    const match: RouteMatch | undefined = res.locals.match;
    await serve(world, match, req, res);
  });
  app.use((error: { status?: number; type?: string }, _: Request, res: Response, next: NextFunction) => {
    if (res.headersSent) return next(error);
    const message =
      error.type === 'entity.too.large' ? 'Request payload size exceeds the limit.' : 'Bad request.';
    res.status(error.status ?? 500).json(apiErrorBody('INVALID_ARGUMENT', message));
  });
  return app;
}

async function serve(
  world: World,
  match: RouteMatch | undefined,
  req: Request,
  res: Response,
): Promise<void> {
  if (match === undefined) {
    const message = `Thumbwheel's Gemini emulator does not serve ${req.method} ${req.path}.`;
    res.status(404).json(apiErrorBody('NOT_FOUND', message));
    return;
  }
  const { route } = match;
  const raw: unknown = req.body;
  const body =
    route.body === 'json' ? parseJson(Buffer.isBuffer(raw) ? raw.toString('utf8') : '') : undefined;
  const fault = drawFault(world, match, req);
  const answered = route.surface === 'control' ? undefined : logRequest(world, { req, route, body, fault });
  const status = await sendReply(res, await answer(world, match, { req, body, fault }));
  answered?.(status);
}

function logRequest(
  world: World,
  { req, route, body, fault }: { req: Request; route: Route; body: unknown; fault: Fault | undefined },
): (status: number) => void {
  return world.requests.begin({
    at: new Date(world.nowMs()).toISOString(),
    kind: route.kind,
    method: req.method,
    path: req.path,
    query: Object.fromEntries(new URL(req.url, 'http://emulator').searchParams),
    headers: req.headers,
    body: body === brokenJson ? undefined : body,
    fault: fault?.name,
    sizeBytes: Number(req.headers['content-length'] ?? 0),
  });
}

function drawFault(world: World, { route, params }: RouteMatch, req: Request): Fault | undefined {
  if (route.surface === 'control') return undefined;
  const names = targetNames(world, params);
  return (
    faultOfHeader(req.headers['x-emulator-fault']) ??
    world.faults.draw({ kind: route.kind, surface: route.surface, names })
  );
}

async function answer(
  world: World,
  { route, params }: RouteMatch,
  { req, body, fault }: { req: Request; body: unknown; fault: Fault | undefined },
): Promise<Reply> {
  const effect = fault === undefined ? {} : effectOf(fault.name);
  const faultParams = fault?.params ?? {};
  try {
    const instead = effect.instead?.(faultParams, route.surface);
    if (instead !== undefined) return instead;
    const url = new URL(req.url, `http://${req.headers.host ?? 'localhost'}`);
    authenticate(route, req, url);
    if (body === brokenJson) {
      throw invalidArgument('Invalid JSON payload received. Expected an object, array or value.');
    }
    const request: WireRequest = {
      method: req.method,
      path: url.pathname,
      params,
      query: url.searchParams,
      headers: req.headers,
      body,
      stream: req,
      origin: url.origin,
    };
    const reply = await route.handle(effect.request?.(request) ?? request);
    return effect.reply?.(reply, faultParams) ?? reply;
  } catch (error) {
    return refusal(world, route, error);
  }
}

function refusal(world: World, route: Route, error: unknown): Reply {
  if (!(error instanceof ApiFault) && !(error instanceof StorageFault)) {
    world.log.warn(
      { event: 'emulator.error', kind: route.kind, error: error instanceof Error ? error.name : 'unknown' },
      'The Gemini emulator failed to answer a request and sent 500',
    );
  }
  return errorReply(error);
}

const brokenJson = Symbol('broken JSON');

function parseJson(text: string): unknown {
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    return brokenJson;
  }
}

/** Any key or bearer will do; Cloud Storage's client sends none to an address of one's own. */
function authenticate(route: Route, req: Request, url: URL): void {
  if (route.surface === 'control' || route.surface === 'storage') return;
  const bearer = /^Bearer \S+/.test(req.headers.authorization ?? '');
  if (bearer || req.headers['x-goog-api-key'] || url.searchParams.get('key')) return;
  throw new ApiFault(
    'UNAUTHENTICATED',
    'Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.',
    [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'CREDENTIALS_MISSING',
        domain: 'googleapis.com',
      },
    ],
  );
}
