import type { RequestHandler } from 'express';
import { Router } from 'express';

export type DependencyState = 'up' | 'degraded' | 'down';

/** One dependency as `/readyz` shows it; further fields are facts for people, such as an address of a page. */
export interface Dependency {
  state: DependencyState;
  [fact: string]: unknown;
}

export interface Check {
  name: string;
  /** `required`: without it the process can't do its work, and `/readyz` is 503. */
  need: 'required' | 'optional';
  look: () => Promise<Dependency>;
}

export interface Probes {
  handler: RequestHandler;
  /** From now on `/readyz` is 503, so that a load balancer stops sending. */
  stopping: () => void;
  readiness: () => Promise<Readiness>;
}

export interface Readiness {
  status: 'ok' | 'degraded' | 'unavailable';
  dependencies: Record<string, Dependency>;
}

/** A look older than this is taken anew, so that probes can't load the dependencies. */
const LOOK_TTL_MS = 500;
const LOOK_TIMEOUT_MS = 2_000;

/** `/healthz` touches nothing outside the process; `/readyz` looks at each dependency. */
export function createProbes({
  checks,
  metricsText,
}: {
  checks: readonly Check[];
  metricsText: () => Promise<string>;
}): Probes {
  let stopping = false;
  let last: { at: number; readiness: Promise<Readiness> } | undefined;

  function readiness(): Promise<Readiness> {
    if (!last || Date.now() - last.at > LOOK_TTL_MS) last = { at: Date.now(), readiness: lookAll(checks) };
    return last.readiness;
  }

  const handler = Router();
  handler.get('/healthz', (_request, response) => {
    response.json({ ok: true, info: { status: 'ok' } });
  });
  handler.get('/readyz', async (_request, response) => {
    const seen = await readiness();
    const info = stopping ? { ...seen, status: 'unavailable', reason: 'stopping' } : seen;
    const ready = info.status !== 'unavailable';
    if (!ready) response.set('Retry-After', '1');
    response.status(ready ? 200 : 503).json({ ok: ready, info });
  });
  handler.get('/metrics', async (_request, response) => {
    response.type('text/plain; version=0.0.4; charset=utf-8').send(await metricsText());
  });
  return {
    handler,
    readiness,
    stopping: () => {
      stopping = true;
    },
  };
}

async function lookAll(checks: readonly Check[]): Promise<Readiness> {
  const looked = await Promise.all(checks.map(async (check) => ({ check, seen: await look(check) })));
  const lost = looked.some(({ check, seen }) => check.need === 'required' && seen.state === 'down');
  const degraded = looked.some(({ seen }) => seen.state !== 'up');
  return {
    status: lost ? 'unavailable' : degraded ? 'degraded' : 'ok',
    dependencies: Object.fromEntries(looked.map(({ check, seen }) => [check.name, seen])),
  };
}

async function look({ look: take }: Check): Promise<Dependency> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Dependency>((done) => {
    timer = setTimeout(() => done({ state: 'down', reason: 'did not answer in time' }), LOOK_TIMEOUT_MS);
  });
  const seen = take().catch(
    (error: unknown): Dependency => ({
      state: 'down',
      reason: error instanceof Error ? error.message : 'failed',
    }),
  );
  return Promise.race([seen, late]).finally(() => clearTimeout(timer));
}
