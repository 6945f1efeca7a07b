import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { ApiFault, apiErrorBody, errorReply, invalidArgument } from './errors.ts';
import { effectOf } from './fault-effects.ts';
import { type Fault, faultOfHeader } from './faults.ts';
import type { Reply } from './reply.ts';
import { matchRoute, type Route, type RouteMatch, type WireRequest } from './route.ts';
import { sendReply } from './send.ts';
import { targetNames } from './targets.ts';
import type { World } from './world.ts';

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
  const { route, params } = match;
  const raw: unknown = req.body;
  const text = Buffer.isBuffer(raw) ? raw.toString('utf8') : '';
  const fault = drawFault(world, match, req);
  const { body, reply } = await answer(world, match, { req, text, fault });
  const status = await sendReply(res, reply);
  if (route.surface === 'control') return;
  world.requests.add({
    at: new Date(world.nowMs()).toISOString(),
    kind: route.kind,
    method: req.method,
    path: req.path,
    query: Object.fromEntries(new URL(req.url, 'http://emulator').searchParams),
    headers: req.headers,
    body: body ?? (text === '' ? undefined : text),
    fault: fault?.name,
    status,
  });
  world.log.info(
    { event: 'emulator.request', kind: route.kind, model: params.model ?? params.endpoint, status },
    'The Gemini emulator answered a request',
  );
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
  { req, text, fault }: { req: Request; text: string; fault: Fault | undefined },
): Promise<{ body: unknown; reply: Reply }> {
  const effect = fault === undefined ? {} : effectOf(fault.name);
  let body: unknown;
  try {
    body = route.body === 'json' ? parseJson(text) : undefined;
    const instead = fault === undefined ? undefined : effect.instead?.(fault.params, route.surface);
    if (instead !== undefined) return { body, reply: instead };
    const url = new URL(req.url, `http://${req.headers.host ?? 'localhost'}`);
    authenticate(route, req, url);
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
    const said = await route.handle(effect.request?.(request) ?? request);
    return { body, reply: fault === undefined ? said : (effect.reply?.(said, fault.params) ?? said) };
  } catch (error) {
    if (!(error instanceof Error) || !['ApiFault', 'StorageFault'].includes(error.name)) {
      world.log.warn(
        { event: 'emulator.error', kind: route.kind, error: String(error) },
        'The Gemini emulator failed to answer a request and sent 500',
      );
    }
    return { body, reply: errorReply(error) };
  }
}

function parseJson(text: string): unknown {
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw invalidArgument('Invalid JSON payload received. Expected an object, array or value.');
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
