import type { Reply } from './wire/reply.ts';
import { jsonReply, textReply } from './wire/reply.ts';
import type { Route } from './wire/route.ts';
import type { World } from './world.ts';

/** `/healthz`, `/readyz` and `/metrics`, as every role of Thumbwheel has them. */
export function healthRoutes(world: World): Route[] {
  const ok = { ok: true, info: { status: 'ok', dependencies: {} } };
  return [
    probe('/healthz', () => jsonReply(ok)),
    probe('/readyz', () => jsonReply(ok)),
    probe('/metrics', () =>
      textReply(metricsText(world), { contentType: 'text/plain; version=0.0.4; charset=utf-8' }),
    ),
  ];
}

function probe(path: string, handle: () => Reply): Route {
  return {
    kind: `health${path.replace('/', '.')}`,
    surface: 'control',
    method: 'GET',
    pattern: new RegExp(`^${path}$`),
    body: 'none',
    handle,
  };
}

function metricsText(world: World): string {
  const lines = world.requests
    .counts()
    .map(
      ({ kind, status, count }) =>
        `thumbwheel_emulator_requests_total{route="${kind}",status="${status}"} ${count}`,
    );
  return [
    '# HELP thumbwheel_emulator_requests_total Requests answered, by route and status sent (0: connection reset).',
    '# TYPE thumbwheel_emulator_requests_total counter',
    ...lines,
    '',
  ].join('\n');
}
