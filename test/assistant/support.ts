import { pino } from 'pino';
import { createAnswerer } from '../../src/assistant/answer.ts';
import { createNodeCacheContexts, type NodeCacheContexts } from '../../src/assistant/node-cache-contexts.ts';
import type { RatedAnswer } from '../../src/assistant/regenerate.ts';
import { newRequestId } from '../../src/assistant/request-id.ts';
import { createAssistantRoutes } from '../../src/assistant/routes.ts';
import { createGeminiClient } from '../../src/gemini/client.ts';
import { geminiConnection } from '../../src/gemini/connection.ts';
import type { Log } from '../../src/log.ts';
import type { AnswerSample } from '../../src/metrics/recorder.ts';
import type { Arm } from '../../src/models/traffic.ts';
import { createApp } from '../../src/platform/http/app.ts';
import { listen } from '../../src/platform/http/server.ts';
import { startTestEmulator, type TestEmulator } from '../emulator/support.ts';

export const BASE_MODEL = 'gemini-3.5-flash-lite';

/** A version that no rollout tries. */
export function baselineArm(changes: Partial<Arm> = {}): Arm {
  return {
    versionName: BASE_MODEL,
    target: BASE_MODEL,
    generation: 1,
    rolloutId: null,
    rolloutStage: null,
    fallback: undefined,
    salt: 'a salt',
    ...changes,
  };
}

export interface LogLine {
  event?: string;
  [field: string]: unknown;
}

/** A log whose lines can be read. */
export function readableLog(): { log: Log; lines: LogLine[]; text: () => string } {
  const lines: LogLine[] = [];
  const raw: string[] = [];
  const log = pino(
    { level: 'trace', messageKey: 'message' },
    {
      write: (line: string) => {
        raw.push(line);
        lines.push(JSON.parse(line));
      },
    },
  );
  return { log, lines, text: () => raw.join('') };
}

export interface TestAssistant {
  url: string;
  emulator: TestEmulator;
  contexts: NodeCacheContexts;
  samples: AnswerSample[];
  lines: LogLine[];
  logText: () => string;
  /** Whom the next answers are drawn from; a function sees the assignment key. */
  traffic: { draw: (key: string | undefined) => Arm | undefined };
  rated: Map<string, RatedAnswer>;
  ask: (path: string, body: unknown, headers?: Record<string, string>) => Promise<Response>;
  close: () => Promise<void>;
}

/** The answer routes over HTTP, with the real SDK and the emulator behind them. */
export async function startAssistant({ timeoutMs = 5_000, ttlMs = 60_000 } = {}): Promise<TestAssistant> {
  const emulator = await startTestEmulator();
  const { log, lines, text } = readableLog();
  const contexts = createNodeCacheContexts({ ttlMs, maxBytes: 64_000_000, log });
  const samples: AnswerSample[] = [];
  const traffic: TestAssistant['traffic'] = { draw: () => baselineArm() };
  const rated = new Map<string, RatedAnswer>();
  const connection = geminiConnection({
    settings: {
      geminiApiKey: undefined,
      geminiProjectId: undefined,
      geminiServingLocation: 'us',
      geminiBaseUrl: undefined,
    },
    backend: 'emulator',
    emulatorUrl: emulator.url,
    googleCredentials: 'absent',
  });
  const answerer = createAnswerer({
    traffic: { draw: (key) => traffic.draw(key) },
    gemini: createGeminiClient(connection),
    contexts,
    metrics: { answer: (sample) => samples.push(sample) },
    log,
    timeoutMs,
    newId: newRequestId,
  });
  const app = createApp({
    routes: createAssistantRoutes({
      answerer,
      contexts,
      contextTtlMs: ttlMs,
      findRated: async (requestId) => rated.get(requestId),
    }),
    access: { adminToken: 'not used in this test', tokenPlace: 'nowhere', loopbackExports: 'closed' },
    rateLimit: { perMinute: 0, loopback: 'exempt' },
    trustProxy: 0,
    corsOrigins: [],
    log,
    extras: [(_request, _response, next) => next()],
  });
  const server = await listen({ app, host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${server.port}`;
  return {
    url,
    emulator,
    contexts,
    samples,
    lines,
    logText: text,
    traffic,
    rated,
    ask: (path, body, headers = {}) =>
      fetch(`${url}/api/v1/ai/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    close: async () => {
      await server.close(500);
      await contexts.close();
      await emulator.remove();
    },
  };
}

export interface Info {
  request_id: string;
  request_type: string;
  text: string;
  model_version: string;
  truncated?: boolean;
  regenerated_from?: string;
}

export interface Failure {
  code: string;
  message: string;
  details?: { field: string; message: string }[];
}

export async function infoOf(response: Response): Promise<Info> {
  const body: { ok: boolean; info: Info } = JSON.parse(await response.text());
  return body.info;
}

export async function failureOf(response: Response): Promise<Failure> {
  const body: { ok: boolean; error: Failure } = JSON.parse(await response.text());
  return body.error;
}

export interface ServerEvent {
  event: string;
  data: { text?: string } & Partial<Info> & Partial<Failure>;
}

/** The events of a whole stream, and the comments as events of the name `:`. */
export function eventsOf(body: string): ServerEvent[] {
  return body
    .split('\n\n')
    .filter((block) => block !== '')
    .map((block) => {
      if (block.startsWith(':')) return { event: ':', data: {} };
      const [event = '', data = ''] = block.split('\n');
      return { event: event.replace('event: ', ''), data: JSON.parse(data.replace('data: ', '')) };
    });
}
