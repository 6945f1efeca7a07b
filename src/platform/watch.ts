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
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> = Promise.resolve();
  let stopped = false;
  let failing = false;

  async function lookAtAll(): Promise<void> {
    let failed = false;
    for (const each of looks) {
      if (stopped) return;
      await each().catch((error: unknown) => {
        failed = true;
        tell(error);
      });
    }
    failing = failed;
  }

  /** Once, until all looks have worked again. */
  function tell(error: unknown): void {
    if (!failing && !stopped)
      log.warn(
        { event: 'watch.failed', err: error },
        'What terminated workflows left behind can’t be looked at; tried again every 20 s',
      );
    failing = true;
  }

  function look(): Promise<void> {
    looking = looking.then(() => underLock(db, lookAtAll)).catch(tell);
    return looking;
  }

  return {
    start: () => {
      timer = setInterval(() => void look(), LOOK_EVERY_MS);
      void look();
    },
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await Promise.race([looking, sleep(STOP_WITHIN_MS, undefined, { ref: false })]);
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
