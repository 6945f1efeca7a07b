import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type { BuiltPage } from './built-page.ts';

/** The policy under which the product serves the page. */
const csp =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
  "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; " +
  "require-trusted-types-for 'script'; trusted-types 'none'";

const mediaTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

type Refusal = { status: number; code: string; message: string; headers?: Record<string, string> };

/** What the next questions get: pieces of text, what is waited for after the first, and how it ends. */
export type AnswerPlan = {
  pieces: string[];
  goesOn?: Promise<void>;
  ending?: 'done' | 'error' | 'cut' | 'hang';
  refusal?: Refusal;
};

export type Asked = { path: string; body: Record<string, unknown> };
export type Rated = { requestId: string; isPositive: boolean };

export type PageServer = {
  url: string;
  asked: Asked[];
  rated: Rated[];
  /** Settles once the browser has given a question up. */
  abandoned: Promise<void>;
  answerWith: (plan: AnswerPlan) => void;
  /** What every following thumb gets; undefined stores them again. */
  refuseThumbs: (refusal: Refusal | undefined) => void;
  close: () => Promise<void>;
};

/** Serves the built page under the product's policy, and speaks the API's contract as far as the page uses it. */
export async function startPageServer(page: BuiltPage): Promise<PageServer> {
  const asked: Asked[] = [];
  const rated: Rated[] = [];
  let plan: AnswerPlan = { pieces: ['Hello.'] };
  let thumbRefusal: Refusal | undefined;
  let noteAbandoned = () => {};
  const abandoned = new Promise<void>((resolve) => {
    noteAbandoned = resolve;
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/';
    if (path === '/readyz') return sendInfo(response, readiness);
    if (path.startsWith('/api/v1/ai/feedback/'))
      return takeThumb(path.split('/').at(-1) ?? '', request, response);
    if (path.startsWith('/api/v1/ai/')) return answer(path, request, response);
    await sendFile(response, join(page.folder, path === '/' ? 'index.html' : path));
  }

  async function takeThumb(
    requestId: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const body = await readBody(request);
    if (thumbRefusal) return sendRefusal(response, thumbRefusal);
    rated.push({ requestId, isPositive: body.is_positive === true });
    sendInfo(response, { request_id: requestId, is_positive: body.is_positive, changed: true });
  }

  async function answer(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    asked.push({ path, body: await readBody(request) });
    const { pieces, goesOn, ending = 'done', refusal } = plan;
    if (refusal) return sendRefusal(response, refusal);
    response.on('close', () => {
      if (!response.writableFinished) noteAbandoned();
    });
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const [at, text] of pieces.entries()) {
      if (at === 1) await goesOn;
      response.write(event('delta', { text }));
    }
    if (ending === 'hang') return;
    if (ending === 'error')
      response.write(event('error', { code: 'model_unavailable', message: 'It is down.' }));
    if (ending === 'done') response.write(event('done', answerInfo(path, pieces.join(''))));
    response.end();
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.writeHead(500).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    rated,
    abandoned,
    answerWith: (next) => {
      plan = next;
    },
    refuseThumbs: (refusal) => {
      thumbRefusal = refusal;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

const readiness = {
  status: 'ok',
  dependencies: {
    gemini: { name: 'gemini', status: 'ok', backend: 'emulator' },
    temporal: { name: 'temporal', status: 'ok', web_ui_url: 'http://127.0.0.1:8233' },
  },
};

function answerInfo(path: string, text: string) {
  const requestType = path.split('/').at(-1)?.replace('-', '_');
  return {
    request_id: randomUUID(),
    request_type: requestType,
    text,
    model_version: 'gemini-3.5-flash-lite',
  };
}

function event(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return JSON.parse(Buffer.concat(chunks).toString());
}

function sendInfo(response: ServerResponse, info: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ok: true, info }));
}

function sendRefusal(response: ServerResponse, { status, code, message, headers }: Refusal): void {
  response
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end(JSON.stringify({ ok: false, error: { code, message } }));
}

async function sendFile(response: ServerResponse, path: string): Promise<void> {
  const content = await readFile(path).catch(() => undefined);
  if (!content) return void response.writeHead(404).end();
  response
    .writeHead(200, {
      'content-type': mediaTypes[extname(path)] ?? 'application/octet-stream',
      'content-security-policy': csp,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    })
    .end(content);
}
