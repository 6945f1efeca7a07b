/** A terminal signals npm and the program, and npm passes its own on: signals so close together are one press. */
const ONE_PRESS_MS = 1_000;

/**
 * Begins to stop at the first SIGINT or SIGTERM; a later press ends the process at once. Answers a way to begin for
 * another reason, which never counts as a later press.
 */
export function onStopSignal(begin: (signal: NodeJS.Signals) => void): () => void {
  let begunAt: number | undefined;

  function beginOnce(signal: NodeJS.Signals): number {
    if (begunAt === undefined) {
      begunAt = performance.now();
      begin(signal);
    }
    return begunAt;
  }

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (performance.now() - beginOnce(signal) > ONE_PRESS_MS) process.exit(1);
    });
  }
  return () => void beginOnce('SIGTERM');
}
