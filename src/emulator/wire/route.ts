import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { JobPlan } from '../tuning/job-state.ts';
import type { Reply } from './reply.ts';

/** Which of Google's services a path belongs to; `control` is the emulator's own. */
export type Surface = 'vertex' | 'developer' | 'storage' | 'control';

/** A request as handlers and faults see it. */
export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Parsed JSON of routes with `body: 'json'`, else undefined. */
  readonly body: unknown;
  /** Unread bytes of routes with `body: 'stream'`. */
  readonly stream: IncomingMessage;
  /** Scheme, host and port that the client used, for addresses in answers. */
  readonly origin: string;
  /** What becomes of a tuning job that this request creates; set by faults. */
  readonly jobPlan?: JobPlan;
}

export interface Route {
  /** Dotted name by which faults and counts refer to it, e.g. `tuning.create`. */
  readonly kind: string;
  readonly surface: Surface;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Named groups become `params`, percent-decoded. */
  readonly pattern: RegExp;
  readonly body: 'json' | 'stream' | 'none';
  handle(request: WireRequest): Reply | Promise<Reply>;
}

export interface RouteMatch {
  readonly route: Route;
  readonly params: Record<string, string>;
}

/** The first route that fits, or undefined (also when an escape in the path is broken). */
export function matchRoute(routes: readonly Route[], method: string, path: string): RouteMatch | undefined {
  for (const route of routes) {
    if (route.method !== method) continue;
    const match = route.pattern.exec(path);
    if (match === null) continue;
    const params = decodeParams(match.groups ?? {});
    if (params !== undefined) return { route, params };
  }
  return undefined;
}

function decodeParams(groups: Record<string, string | undefined>): Record<string, string> | undefined {
  try {
    return Object.fromEntries(
      Object.entries(groups).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, decodeURIComponent(value)]],
      ),
    );
  } catch {
    return undefined;
  }
}
