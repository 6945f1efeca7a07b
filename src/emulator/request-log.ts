import { hashPlace } from './answers.ts';

/** A request as tests and people see it afterwards; the bodies too, since nothing real goes through here. */
export interface LoggedRequest {
  readonly at: string;
  readonly kind: string;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
  readonly fault: string | undefined;
  /** The status sent; 0 when the connection was reset without one. */
  readonly status: number;
}

export interface RequestLog {
  add(request: LoggedRequest): void;
  /** The newest requests, oldest first, of one kind where given. */
  newest(options: { limit: number; kind?: string | undefined }): LoggedRequest[];
  /** Requests served since the start or the last reset, by kind and status. */
  counts(): Array<{ kind: string; status: number; count: number }>;
  /** Whether the next request of a target fails, so that in the long run this share of them does. */
  failsByRate(target: string, share: number): boolean;
  clear(): void;
}

const kept = 1000;

export function createRequestLog(): RequestLog {
  const requests: LoggedRequest[] = [];
  const counted = new Map<string, { kind: string; status: number; count: number }>();
  const drawn = new Map<string, number>();
  return {
    add(request) {
      requests.push(request);
      if (requests.length > kept) requests.shift();
      const key = `${request.kind} ${request.status}`;
      const entry = counted.get(key) ?? { kind: request.kind, status: request.status, count: 0 };
      counted.set(key, { ...entry, count: entry.count + 1 });
    },
    newest: ({ limit, kind }) =>
      requests.filter((request) => kind === undefined || request.kind === kind).slice(-limit),
    counts: () => [...counted.values()],
    failsByRate(target, share) {
      const number = (drawn.get(target) ?? 0) + 1;
      drawn.set(target, number);
      return share > 0 && hashPlace(`${target}\0${number}`) < share;
    },
    clear() {
      requests.length = 0;
      counted.clear();
      drawn.clear();
    },
  };
}
