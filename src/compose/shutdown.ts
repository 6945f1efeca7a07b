import type { Log } from '../log.ts';

/** What was started is stopped in reverse order, each step even when another fails. */
export interface Shutdown {
  /** Adds a step; what is added last is stopped first. */
  add: (name: string, stop: () => Promise<void>) => void;
  /** Safe to call twice and at once: all callers wait for the one run. */
  run: () => Promise<void>;
}

export function createShutdown(log: Log): Shutdown {
  const steps: Array<{ name: string; stop: () => Promise<void> }> = [];
  let running: Promise<void> | undefined;

  async function stopAll(): Promise<void> {
    for (const { name, stop } of steps.reverse()) {
      await stop().catch((error: unknown) =>
        log.error({ event: 'stop.failed', part: name, err: error }, `${name} did not stop cleanly`),
      );
    }
  }

  return {
    add: (name, stop) => void steps.push({ name, stop }),
    run: () => {
      running ??= stopAll();
      return running;
    },
  };
}
