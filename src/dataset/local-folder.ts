import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DatasetStore } from './dataset-store.ts';

/** Keeps training sets in a folder of this machine, for a system without Google. */
export function createLocalFolder({ path: root }: { path: string }): DatasetStore {
  return {
    kind: 'local-folder',
    put: async ({ name, path }, signal) => {
      const target = resolve(join(root, name));
      const part = `${target}.${randomUUID()}.part`;
      await mkdir(dirname(target), { recursive: true });
      try {
        await copyFile(path, part);
        signal.throwIfAborted();
        await rename(part, target);
      } finally {
        await rm(part, { force: true });
      }
      return { uri: pathToFileURL(target).href };
    },
  };
}
