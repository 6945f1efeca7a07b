import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from './child.ts';
import { EmbeddedError } from './embedded-error.ts';

const PAUSES_MS = [200, 1_000, 5_000, 10_000, 20_000];
/** A server that ran this long was well: what ends it then is a new trouble. */
const WELL_AFTER_MS = 60_000;
const LAST_LINES = 3;

/** What is kept running; `stop` ends it and is harmless after its end. */
export type Server = Pick<Child, 'exited' | 'outputTail' | 'stop'>;

export type News = { event: 'embedded.ended' | 'embedded.restarted'; part: string };

export type KeepRunningOptions<S extends Server> = {
  /** For messages, such as "PostgreSQL". */
  name: string;
  /** Starts it; `before` is the one that ended, whose ports are to be taken again. */
  start(before?: S): Promise<S>;
  /** For the log and for a person, who should know what ended, why, and that it comes back. */
  tell(news: News, line: string): void;
  /** Pauses before each start again; after the last one it is given up. */
  pausesMs?: readonly number[];
};

export type KeptRunning<S extends Server> = {
  /** As it was first started. */
  server: S;
  /** Ends it for good. */
  stop(): Promise<void>;
  /** Rejects with an EmbeddedError when it can't be kept running; else never settles. */
  failed: Promise<never>;
};

/**
 * Starts a server, and starts it again whenever it ends without having been asked to.
 * Throws what the first start throws.
 */
export async function keepRunning<S extends Server>(options: KeepRunningOptions<S>): Promise<KeptRunning<S>> {
  const server = await options.start();
  const stopping = new AbortController();
  const watching = watch(server, options, stopping.signal);
  const failed = new Promise<never>((_, reject) => {
    watching.catch(reject);
  });
  // The rejection is the caller's to see; before it looks it must not count as unhandled.
  failed.catch(() => undefined);
  return {
    server,
    failed,
    stop: async () => {
      stopping.abort();
      await watching.catch(() => undefined);
    },
  };
}

async function watch<S extends Server>(
  first: S,
  options: KeepRunningOptions<S>,
  stopping: AbortSignal,
): Promise<void> {
  const asked = new Promise<'asked'>((resolve) => {
    stopping.addEventListener('abort', () => resolve('asked'));
  });
  const pauses = options.pausesMs ?? PAUSES_MS;
  let left = [...pauses];
  let server = first;
  for (;;) {
    const begun = Date.now();
    const how = await Promise.race([asked, server.exited]);
    if (stopping.aborted) return server.stop();
    if (Date.now() - begun > WELL_AFTER_MS) left = [...pauses];
    server = await startAgain(server, { ...options, how, left, stopping });
  }
}

type AgainOptions<S extends Server> = Pick<KeepRunningOptions<S>, 'name' | 'start' | 'tell'> & {
  how: string;
  /** The pauses that are left; what is used is taken out. */
  left: number[];
  stopping: AbortSignal;
};

/** Answers the one that ended when it is asked to stop meanwhile. */
async function startAgain<S extends Server>(ended: S, options: AgainOptions<S>): Promise<S> {
  const { name: part, start, tell, left, stopping } = options;
  let trouble = `${part} ended by itself (${options.how}).${lastWords(ended.outputTail())}`;
  while (!stopping.aborted) {
    const pauseMs = left.shift();
    if (pauseMs === undefined) throw givenUp(part, trouble);
    tell({ event: 'embedded.ended', part }, `${trouble}\n${part} is started again in ${pauseMs / 1000} s …`);
    await sleep(pauseMs, undefined, { signal: stopping }).catch(() => undefined);
    if (stopping.aborted) break;
    try {
      const server = await start(ended);
      tell({ event: 'embedded.restarted', part }, `${part} runs again.`);
      return server;
    } catch (error) {
      trouble = error instanceof Error ? error.message : String(error);
    }
  }
  return ended;
}

function lastWords(output: string): string {
  const lines = output.trim().split('\n').slice(-LAST_LINES).join('\n');
  return lines && ` It last said:\n${lines}`;
}

function givenUp(part: string, trouble: string): EmbeddedError {
  return new EmbeddedError(
    `${part} does not stay up, however often it is started again. ` +
      'See whether memory or disk is short, or whether something here ends it; then start again, its data is kept.\n' +
      trouble,
  );
}
