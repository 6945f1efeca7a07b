import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { removeUnfinished } from './unfinished.ts';

/**
 * Where fetched programs are kept between starts and clones: the user's cache folder of the system,
 * or, where that can't be written, `fallback` (in DATA_DIR). The folder exists afterwards, and what killed
 * fetches left in it is gone.
 */
export async function cacheFolder(fallback: string): Promise<string> {
  const folder = await firstWritable(fallback);
  await removeUnfinished(folder);
  return folder;
}

async function firstWritable(fallback: string): Promise<string> {
  const folder = userCache();
  if (folder && (await writable(folder))) return folder;
  await mkdir(fallback, { recursive: true });
  return fallback;
}

function userCache(): string | null {
  if (process.env.XDG_CACHE_HOME) return join(process.env.XDG_CACHE_HOME, 'thumbwheel');
  const caches = process.platform === 'darwin' ? 'Library/Caches' : '.cache';
  try {
    return join(homedir(), caches, 'thumbwheel');
  } catch {
    // A user without HOME and without an account entry, as containers may have.
    return null;
  }
}

async function writable(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
