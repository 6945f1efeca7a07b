import { createApp } from '../../src/platform/http/app.ts';
import type { Route } from '../../src/platform/http/route.ts';
import { listen } from '../../src/platform/http/server.ts';
import { silent } from '../platform/postgres/open-database.ts';

const ADMIN_TOKEN = 'a-token-of-24-characters';

/** What came back: the status, its headers, and the envelope. */
export interface Answer {
  status: number;
  headers: Headers;
  body: Envelope;
}

export interface Envelope {
  ok: boolean;
  info?: unknown;
  error?: { code: string; message: string; details?: unknown };
}

export interface Served {
  /** Sends JSON, or the bytes as they are; with the admin token. */
  call: (method: string, path: string, body?: unknown) => Promise<Answer>;
  close: () => Promise<void>;
}

/** Serves routes over real HTTP, as the API does. */
export async function serve(routes: Route[]): Promise<Served> {
  const app = createApp({
    routes,
    access: { adminToken: ADMIN_TOKEN, tokenPlace: 'in the test', loopbackExports: 'closed' },
    rateLimit: { perMinute: 0, loopback: 'exempt' },
    trustProxy: 0,
    corsOrigins: [],
    log: silent,
    extras: [(_request, _response, next) => next()],
  });
  const server = await listen({ app, host: '127.0.0.1', port: 0 });
  return {
    call: (method, path, body) => call(`http://127.0.0.1:${server.port}${path}`, method, body),
    close: () => server.close(100),
  };
}

async function call(url: string, method: string, body: unknown): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${ADMIN_TOKEN}`,
      // On a slow machine a kept connection may be closed in the very moment in which it is used again.
      connection: 'close',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined
      ? {}
      : { body: body instanceof Buffer ? new Uint8Array(body) : JSON.stringify(body) }),
  });
  const envelope: Envelope = JSON.parse(await response.text());
  return { status: response.status, headers: response.headers, body: envelope };
}
