import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { Log } from '../log.ts';

/** What a terminated workflow left behind is noticed within a minute; three looks leave room for one that fails. */
const LOOK_EVERY_MS = 20_000;
/** What a look asks may hang for longer than a process has to stop; a look can be cut off anywhere. */
const STOP_WITHIN_MS = 2_000;
/** Any number that no other lock of this program has. */
const LOCK = 7_486_003;

/** One look at something that may have to be put right. */
export type Look = () => Promise<void>;

export interface WatchDeps {
  db: DataSource;
  looks: readonly Look[];
  log: Log;
}

export interface Watch {
  start: () => void;
  stop: () => Promise<void>;
  /** All looks now; nothing where another process is looking. */
  look: Look;
}

/**
 * Looks now and then, in one process at a time. A look that fails is tried again the next time, and keeps no other
 * from its turn.
 */
export function createWatch({ db, looks, log }: WatchDeps): Watch {
  const stopping = new AbortController();
  let watching: Promise<void> = Promise.resolve();
  let failing = false;

  async function lookAtAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const each of looks) {
      if (stopping.signal.aborted) return;
      await each().catch((error: unknown) => failures.push(error));
    }
    tell(failures);
  }

  /** Once, until all looks have worked again. */
  function tell([error]: unknown[]): void {
    if (error !== undefined && !failing && !stopping.signal.aborted)
      log.warn(
        { event: 'watch.failed', err: error },
        'What terminated workflows left behind can’t be looked at; tried again every 20 s',
      );
    failing = error !== undefined;
  }

  const look = () => underLock(db, lookAtAll).catch((error: unknown) => tell([error]));

  async function watch(): Promise<void> {
    const { signal } = stopping;
    while (!signal.aborted) {
      await look();
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  return {
    start: () => {
      watching = watch();
    },
    stop: async () => {
      stopping.abort();
      await Promise.race([watching, sleep(STOP_WITHIN_MS, undefined, { ref: false })]);
    },
    look,
  };
}

async function underLock(db: DataSource, work: () => Promise<void>): Promise<void> {
  const runner = db.createQueryRunner();
  try {
    const [lock]: { taken: boolean }[] = await runner.query('SELECT pg_try_advisory_lock($1) AS taken', [
      LOCK,
    ]);
    if (!lock?.taken) return;
    try {
      await work();
    } finally {
      await runner.query('SELECT pg_advisory_unlock($1)', [LOCK]);
    }
  } finally {
    await runner.release();
  }
}
