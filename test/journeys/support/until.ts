import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 50;
/** Far beyond what anything takes on a busy machine: an attempt that died with its worker is missed after two minutes. */
const LONGEST_MS = 180_000;

/** Looks again until the look answers something, and answers that. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const giveUpAt = Date.now() + LONGEST_MS;
  while (Date.now() < giveUpAt) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    await sleep(POLL_MS);
  }
  throw new Error(`Waited in vain until ${what}`);
}
