import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const PREFIX = 'unfinished-';
/** Far longer than any fetch may take: what is younger can belong to another start. */
const OLD_MS = 3_600_000;

/** A new folder in `folder` for a fetch that is under way; whoever makes it removes it. */
export function unfinishedFolder(folder: string): Promise<string> {
  return mkdtemp(join(folder, PREFIX));
}

/** Removes what fetches that were killed have left in `folder`. */
export async function removeUnfinished(folder: string): Promise<void> {
  const names = await readdir(folder);
  const left = names.filter((name) => name.startsWith(PREFIX)).map((name) => join(folder, name));
  await Promise.all(left.map(removeWhenOld));
}

async function removeWhenOld(path: string): Promise<void> {
  try {
    if (Date.now() - (await stat(path)).mtimeMs > OLD_MS) await rm(path, { recursive: true, force: true });
  } catch {
    // Gone already, or another user's: nothing to do with this start.
  }
}
