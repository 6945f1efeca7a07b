import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LineFile, openLineFile } from './line-file-store.ts';

/** A folder of this machine for the parts of a training set while they are made. */
export interface Scratch {
  path: (name: string) => string;
  open: (name: string) => Promise<LineFile>;
  remove: () => Promise<void>;
}

/** Makes an empty folder that nobody else uses. */
export async function openScratch(): Promise<Scratch> {
  const folder = await mkdtemp(join(tmpdir(), 'thumbwheel-training-set-'));
  const path = (name: string) => join(folder, name);
  return {
    path,
    open: (name) => openLineFile(path(name)),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
