import { join } from 'node:path';
import { z } from 'zod';
import { type Question, questions } from '../../../src/demo/questions.ts';

const QUESTIONS = join(import.meta.dirname, '../../../src/emulator/data/code_questions.jsonl.gz');

const Envelope = z.looseObject({
  ok: z.boolean(),
  info: z.unknown().optional(),
  error: z.looseObject({ code: z.string(), message: z.string() }).optional(),
});

export interface Answered {
  status: number;
  retryAfter: string | null;
  info: unknown;
  /** The error's code, where there is one. */
  code: string | undefined;
  tookMs: number;
}

export interface Caller {
  get: (path: string) => Promise<Answered>;
  post: (path: string, body?: unknown) => Promise<Answered>;
  /** Asks the next of the known questions; answers its request id and who answered. */
  ask: () => Promise<{ requestId: string; modelVersion: string }>;
  thumb: (requestId: string, isPositive: boolean) => Promise<Answered>;
}

const AnswerInfo = z.object({ request_id: z.string(), model_version: z.string() });

/** Someone who knows the address and the token, and nothing of the inside. */
export function openCaller(baseUrl: string, token = 'none'): Caller {
  const known: Iterator<Question, never> = questions(QUESTIONS);

  async function call(method: string, path: string, body?: unknown): Promise<Answered> {
    const begun = performance.now();
    const response = await fetch(`${baseUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', connection: 'close' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const { info, error } = Envelope.parse(await response.json());
    return {
      status: response.status,
      retryAfter: response.headers.get('retry-after'),
      info,
      code: error?.code,
      tookMs: performance.now() - begun,
    };
  }

  return {
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    ask: async () => {
      const { path, body } = known.next().value;
      const answer = await call('POST', path, body);
      if (answer.status !== 200) throw new Error(`An answer failed: ${answer.status} ${answer.code}`);
      const { request_id: requestId, model_version: modelVersion } = AnswerInfo.parse(answer.info);
      return { requestId, modelVersion };
    },
    thumb: (requestId, isPositive) =>
      call('POST', `/api/v1/ai/feedback/${requestId}`, { is_positive: isPositive }),
  };
}

const Dependencies = z.object({
  status: z.string(),
  dependencies: z.record(z.string(), z.looseObject({ state: z.string() })),
});

/** `ok`, `degraded` or `unavailable`, and the state of each dependency. */
export function readiness({ info }: Answered): { status: string; states: Record<string, string> } {
  const { status, dependencies } = Dependencies.parse(info);
  return {
    status,
    states: Object.fromEntries(Object.entries(dependencies).map(([name, { state }]) => [name, state])),
  };
}
