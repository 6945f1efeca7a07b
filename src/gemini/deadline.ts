export interface DeadlineOptions {
  /** The caller's own signal. */
  caller: AbortSignal;
  firstByteTimeoutMs: number;
  silenceTimeoutMs: number;
}

export interface Deadline {
  /** Aborts when the time is up or the caller goes away. */
  signal: AbortSignal;
  /** Why the signal aborted; undefined while it has not. */
  ended: () => 'timeout' | 'caller_gone' | undefined;
  /** Milliseconds left of the present wait. */
  leftMs: () => number;
  /** The wait that ran out, or that is under way. */
  waitMs: () => number;
  /** Text has come: from now on only silence counts. */
  heard: () => void;
  /** The model's silence is not its fault while someone else is waited for. */
  pause: () => void;
  stop: () => void;
}

/** One wait for the first byte, then one for each silence after it, and the caller's going away, as one signal. */
export function startDeadline({ caller, firstByteTimeoutMs, silenceTimeoutMs }: DeadlineOptions): Deadline {
  const controller = new AbortController();
  let reason: 'timeout' | 'caller_gone' | undefined;
  let waitMs = firstByteTimeoutMs;
  let startedAt = performance.now();
  let timer = setTimeout(expire, waitMs);
  if (caller.aborted) gone();
  else caller.addEventListener('abort', gone, { once: true });

  function end(why: 'timeout' | 'caller_gone'): void {
    reason ??= why;
    clearTimeout(timer);
    controller.abort();
  }
  function expire(): void {
    end('timeout');
  }
  function gone(): void {
    end('caller_gone');
  }

  return {
    signal: controller.signal,
    ended: () => reason,
    leftMs: () => waitMs - (performance.now() - startedAt),
    waitMs: () => waitMs,
    heard: () => {
      if (reason) return;
      clearTimeout(timer);
      waitMs = silenceTimeoutMs;
      startedAt = performance.now();
      timer = setTimeout(expire, waitMs);
    },
    pause: () => clearTimeout(timer),
    stop: () => {
      clearTimeout(timer);
      caller.removeEventListener('abort', gone);
    },
  };
}
