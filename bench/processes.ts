import { fork } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

const READY_TIMEOUT_MS = 60_000;
const Usage = z.object({ cpuMs: z.number(), peakRssBytes: z.number() });
export type Usage = z.infer<typeof Usage>;
export type Process = ReturnType<typeof startProcess>;

/** What a process of the benchmark is: the part that `child.ts` plays, and what it is told. */
export interface ProcessOptions {
  role: string;
  folder: string;
  environment?: Record<string, string>;
  args?: object;
}

/** Starts it; nothing of the caller's own settings or `.env` is read. */
export function startProcess({ role, folder, environment = {}, args = {} }: ProcessOptions) {
  const log = openSync(join(folder, `${role}.log`), 'a');
  const { PATH = '', HOME = '' } = process.env;
  const child = fork(join(import.meta.dirname, 'child.js'), [role, JSON.stringify(args)], {
    cwd: folder,
    env: { PATH, HOME, ...environment },
    stdio: ['ignore', log, log, 'ipc'],
  });
  const ended = new Promise<never>((_, reject) => {
    child.once('exit', () => reject(new Error(`The benchmark's process "${role}" ended too early`)));
  });
  ended.catch(() => undefined);
  const message = async (): Promise<unknown> => (await Promise.race([once(child, 'message'), ended]))[0];
  return {
    ended,
    message,
    /** CPU since its start, and the most memory that it had. */
    usage: async (): Promise<Usage> => {
      const answer = message();
      child.send('usage');
      return Usage.parse(await answer);
    },
    stop: async () => {
      child.kill('SIGTERM');
      await ended.catch(() => undefined);
    },
  };
}

export async function untilReady(url: string): Promise<void> {
  for (const giveUpAt = Date.now() + READY_TIMEOUT_MS; Date.now() < giveUpAt; await sleep(50)) {
    const response = await fetch(`${url}/readyz`).catch(() => undefined);
    await response?.text();
    if (response?.ok) return;
  }
  throw new Error(`A process of the benchmark was not ready after ${READY_TIMEOUT_MS / 1000} s. Try again.`);
}
