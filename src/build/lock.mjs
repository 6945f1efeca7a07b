import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 100;
const TELL_AFTER_MS = 1000;
const GIVE_UP_MS = 180_000;

/**
 * Runs `work` while no other launcher builds; waits for one that does.
 * @template T
 * @param {string} root
 * @param {(line: string) => void} say
 * @param {() => Promise<T>} work
 */
export async function alone(root, say, work) {
  mkdirSync(join(root, 'dist'), { recursive: true });
  const lock = join(root, 'dist/.lock');
  await takeLock(lock, say);
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** @param {string} lock @param {(line: string) => void} say */
async function takeLock(lock, say) {
  const begun = Date.now();
  let told = false;
  while (!tryLock(lock)) {
    const waitedMs = Date.now() - begun;
    if (waitedMs > GIVE_UP_MS)
      throw new Error(`Another build (${lock}) does not end. Remove that file and start again.`);
    if (!told && waitedMs > TELL_AFTER_MS) {
      told = true;
      say('Waiting for another start that builds …');
    }
    await sleep(POLL_MS);
  }
}

// A link appears whole, with the owner's pid in it, or not at all.
/** @param {string} lock */
function tryLock(lock) {
  const own = `${lock}-${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, lock);
    return true;
  } catch {
    if (!ownerLives(lock)) rmSync(lock, { force: true });
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

/** @param {string} lock */
function ownerLives(lock) {
  try {
    process.kill(Number(readFileSync(lock, 'utf8')), 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
