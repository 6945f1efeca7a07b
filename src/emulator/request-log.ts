import { hashPlace } from './gemini/answers.ts';

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
  readonly sizeBytes: number;
  /** The status sent; 0 when the connection was reset without one; undefined while it is being answered. */
  status: number | undefined;
}

export interface RequestLog {
  /** Notes a request in the order of arrival; the function returned is told the status sent. */
  begin(request: Omit<LoggedRequest, 'status'>): (status: number) => void;
  /** The newest requests, oldest first, of one kind where given. */
  newest(options: { limit: number; kind?: string | undefined }): LoggedRequest[];
  /** Requests served since the start or the last reset, by kind and status. */
  counts(): Array<{ kind: string; status: number; count: number }>;
  /** Whether the next request of a target fails, so that in the long run this share of them does. */
  failsByRate(target: string, share: number): boolean;
  clear(): void;
}

const keptRequests = 1000;
/** Of bodies: a few large ones must not fill the memory. */
const keptBytes = 32 * 1024 * 1024;

export function createRequestLog(): RequestLog {
  const requests: LoggedRequest[] = [];
  let totalBytes = 0;
  const counted = new Map<string, { kind: string; status: number; count: number }>();
  const drawn = new Map<string, number>();
  return {
    begin(request) {
      const entry: LoggedRequest = { ...request, status: undefined };
      requests.push(entry);
      totalBytes += entry.sizeBytes;
      while (requests.length > keptRequests || totalBytes > keptBytes) {
        totalBytes -= requests.shift()?.sizeBytes ?? totalBytes;
      }
      return (status) => {
        entry.status = status;
        const key = `${request.kind} ${status}`;
        const count = (counted.get(key)?.count ?? 0) + 1;
        counted.set(key, { kind: request.kind, status, count });
      };
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
      totalBytes = 0;
      counted.clear();
      drawn.clear();
    },
  };
}
