import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { z } from 'zod';
import { createApp } from '../../../src/platform/http/app.ts';
import { text } from '../../../src/platform/http/fields.ts';
import { openApiDocument } from '../../../src/platform/http/openapi.ts';
import { defineRoute, type Route } from '../../../src/platform/http/route.ts';
import { type HttpServer, listen } from '../../../src/platform/http/server.ts';

const TOKEN = 'a-token-of-24-characters';

function echo(path: string, access: Route['access']): Route {
  return defineRoute({
    method: 'post',
    path,
    operationId: `echo${access}`,
    tag: 'Operations',
    summary: 'Echo',
    access,
    request: z.object({
      params: z.object({ id: z.string() }),
      body: z.strictObject({ note: text.min(1).optional() }),
    }),
    responses: { 200: { description: 'What was sent', info: z.object({ id: z.string() }) } },
    handler: async ({ params, body }) => {
      if (body.note === 'break') throw new Error('SELECT secret FROM inside');
      return { status: 200, info: { id: params.id, ...body } };
    },
  });
}

const routes = [
  echo('/open/{id}', 'public'),
  echo('/admin/{id}', 'admin'),
  echo('/here/{id}', 'loopback-admin'),
];

function appWith(over: Partial<Parameters<typeof createApp>[0]> = {}) {
  return createApp({
    routes,
    access: { adminToken: TOKEN, tokenPlace: 'in .data/admin-token', loopbackExports: 'open' },
    rateLimit: { perMinute: 0, loopback: 'exempt' },
    trustProxy: 0,
    corsOrigins: ['https://site.example'],
    log: pino({ level: 'silent' }),
    extras: [],
    ...over,
  });
}

let server: HttpServer;
let base: string;

beforeAll(async () => {
  server = await listen({ app: appWith(), host: '127.0.0.1', port: 0 });
  base = `http://127.0.0.1:${server.port}`;
});

afterAll(() => server.close(100));

interface Envelope {
  ok?: boolean;
  info?: unknown;
  error?: { code: string; message: string; details?: unknown };
}

async function post(path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${base}${path}`, {
    method: 'POST',
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined
      ? {}
      : { body: body instanceof Buffer || typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const json: Envelope = Object(await response.json());
  return { status: response.status, headers: response.headers, json };
}

describe('the HTTP application', () => {
  it('wraps an answer in the envelope', async () => {
    const { status, json } = await post('/open/7', { note: 'hello' });
    expect({ status, json }).toEqual({ status: 200, json: { ok: true, info: { id: '7', note: 'hello' } } });
  });

  it('takes an absent body without a content type', async () => {
    expect((await post('/open/7')).json).toEqual({ ok: true, info: { id: '7' } });
  });

  it('takes an empty body in chunks without a content type, and refuses one that holds something', async () => {
    const chunked = (body: string) =>
      fetch(`${base}/open/7`, { method: 'POST', body: new Blob([body]).stream(), duplex: 'half' });
    expect((await chunked('')).status).toBe(200);
    expect((await chunked('{}')).status).toBe(415);
  });

  it('names the field at fault', async () => {
    const { status, json } = await post('/open/7', { note: 5 });
    expect(status).toBe(400);
    expect(json).toMatchObject({ ok: false, error: { code: 'invalid_input', details: [{ field: 'note' }] } });
  });

  it('names an unknown field', async () => {
    const { json } = await post('/open/7', { note: 'x', user_id: 1 });
    expect(json).toMatchObject({
      error: { details: [{ field: 'user_id', message: 'is not a known field' }] },
    });
  });

  it.each([
    ['NUL', 'a\0b', 'NUL'],
    ['half a surrogate pair', 'a\ud800b', 'surrogate'],
  ])('refuses text with %s', async (_name, note, word) => {
    const { status, json } = await post('/open/7', { note });
    expect(status).toBe(400);
    expect(JSON.stringify(json)).toContain(word);
  });

  it.each([
    ['broken JSON', '{"note":', 400, 'invalid_input'],
    ['an array', '[]', 400, 'invalid_input'],
    ['a number', '5', 400, 'invalid_input'],
    ['null', 'null', 400, 'invalid_input'],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22]), 400, 'invalid_input'],
    ['a body of 300 KiB', JSON.stringify({ note: 'x'.repeat(300 * 1024) }), 413, 'payload_too_large'],
    ['deep nesting', '['.repeat(100_000) + ']'.repeat(100_000), 400, 'invalid_input'],
  ])('answers %s with a clear 4xx', async (_name, body, status, code) => {
    const answer = await post('/open/7', body);
    expect({ status: answer.status, code: answer.json.error?.code }).toEqual({ status, code });
  });

  it('answers a body of another type with 415', async () => {
    const { status, json } = await post('/open/7', 'note=1', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect({ status, code: json.error?.code }).toEqual({ status: 415, code: 'unsupported_media_type' });
  });

  it('refuses a gzip bomb by its unpacked size', async () => {
    const bomb = gzipSync(JSON.stringify({ note: '0'.repeat(5_000_000) }));
    expect((await post('/open/7', bomb, { 'content-encoding': 'gzip' })).status).toBe(413);
  });

  it('answers a broken % escape with 400', async () => {
    expect((await post('/open/%ff')).status).toBe(400);
  });

  it('answers an unknown address with a JSON 404', async () => {
    const { status, json } = await post('/nowhere');
    expect({ status, code: json.error?.code }).toEqual({ status: 404, code: 'not_found' });
  });

  it('tells nothing of the inside when something breaks', async () => {
    const { status, json } = await post('/open/7', { note: 'break' });
    expect({ status, code: json.error?.code }).toEqual({ status: 500, code: 'internal' });
    expect(JSON.stringify(json)).not.toMatch(/SELECT|\.ts|at /);
  });

  it('wants the admin token on admin routes and says where it is', async () => {
    const refused = await post('/admin/7');
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toContain('Bearer');
    expect(refused.json.error?.message).toContain('in .data/admin-token');
    for (const authorization of ['Bearer wrong', `Bearer ${TOKEN} more`, `Basic ${TOKEN}`, 'Bearer'])
      expect((await post('/admin/7', undefined, { authorization })).status).toBe(401);
    expect((await post('/admin/7', undefined, { authorization: `Bearer ${TOKEN}` })).status).toBe(200);
  });

  it.each([
    ['a page of another origin', { origin: 'https://evil.example' }],
    ['a proxy', { 'x-forwarded-for': '10.0.0.1' }],
    ['a proxy that tells the scheme only', { 'x-forwarded-proto': 'https' }],
    ['a proxy with a name of its own', { 'cf-connecting-ip': '10.0.0.1' }],
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }],
    ['another Host', { host: 'evil.example' }],
  ])('spares this machine the token where all is embedded, but not %s', async (_name, headers) => {
    expect((await post('/here/7')).status).toBe(200);
    const { request } = await import('node:http');
    const status = await new Promise((done) => {
      request(`${base}/here/7`, { method: 'POST', headers }, (response) =>
        done(response.resume().statusCode),
      ).end();
    });
    expect(status).toBe(401);
  });

  it('lets only the named origins read answers', async () => {
    const allowed = await post('/open/7', undefined, { origin: 'https://site.example' });
    const other = await post('/open/7', undefined, { origin: 'https://evil.example' });
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://site.example');
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('limits an address, says when to come again, and spares the probes', async () => {
    const limited = await listen({
      app: appWith({ rateLimit: { perMinute: 3, loopback: 'limited' } }),
      host: '127.0.0.1',
      port: 0,
    });
    const url = `http://127.0.0.1:${limited.port}`;
    const statuses = [];
    for (let i = 0; i < 4; i += 1) statuses.push((await fetch(`${url}/open/1`, { method: 'POST' })).status);
    const headers = { origin: 'https://site.example' };
    const last = await fetch(`${url}/open/1`, { method: 'POST', headers });
    expect(statuses).toEqual([200, 200, 200, 429]);
    expect(last.headers.get('access-control-allow-origin')).toBe('https://site.example');
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await fetch(`${url}/healthz`)).status).toBe(404);
    await limited.close(100);
  });

  it('says which variable moves a taken port', async () => {
    await expect(listen({ app: appWith(), host: '127.0.0.1', port: server.port })).rejects.toThrow(
      'Set PORT',
    );
  });
});

describe('a query of an admin route', () => {
  it('is refused when it has an unknown field, and ignored on a public route', async () => {
    const authorization = `Bearer ${TOKEN}`;
    const refused = await post('/admin/7?day=30', undefined, { authorization });
    expect({ status: refused.status, details: refused.json.error?.details }).toEqual({
      status: 400,
      details: [{ field: 'day', message: 'is not a known field' }],
    });
    expect((await post('/open/7?day=30')).status).toBe(200);
  });
});

describe('the OpenAPI document', () => {
  it('is 3.1 and made from the routes that are served', () => {
    const document = openApiDocument(routes, '0.1.0');
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths ?? {})).toEqual([
      '/healthz',
      '/readyz',
      '/metrics',
      '/open/{id}',
      '/admin/{id}',
      '/here/{id}',
    ]);
    expect(document.paths?.['/admin/{id}']?.post?.security).toEqual([{ adminToken: [] }]);
  });
});
