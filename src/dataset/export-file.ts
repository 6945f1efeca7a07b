import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { makeFolder } from '../make-folder.ts';
import { codeOf, DatasetFailure } from './failure.ts';
import { type LineFile, openLineFile, type WrittenFile } from './line-file-store.ts';

/** A file that is being written beside its final place. */
export interface ExportFile {
  write: (lines: readonly string[]) => Promise<void>;
  /** Flushes to the disk and closes. */
  finish: () => Promise<WrittenFile>;
  /** Renames it to its final name; replaces what an earlier attempt of the same batch left there. */
  place: () => Promise<void>;
  /** Closes and removes it; harmless after `place`. */
  discard: () => Promise<void>;
}

export interface ExportFolder {
  path: string;
  exists: (fileName: string) => Promise<boolean>;
  open: (fileName: string, batchId: string) => Promise<ExportFile>;
  /** Removes a batch's file and what its attempts left beside it. */
  remove: (fileName: string, batchId: string) => Promise<void>;
}

/**
 * Makes the folder and tries to write in it, so that a wrong setting is found at the start and not at night.
 * @throws DatasetFailure naming FEEDBACK_EXPORT_DIR.
 */
export async function prepareExportDir(path: string): Promise<void> {
  const probe = join(path, `.writable-${randomUUID()}`);
  await explained(path, async () => {
    makeFolder(resolve(path));
    await writeFile(probe, '');
    await rm(probe);
  });
}

/** The folder of `FEEDBACK_EXPORT_DIR`. */
export function exportFolder(path: string): ExportFolder {
  return {
    path,
    exists: (fileName) => isThere(join(path, fileName)),
    open: (fileName, batchId) =>
      explained(path, async () => {
        await mkdir(path, { recursive: true });
        // An attempt that still runs somewhere loses its file here and can't put it at its place any more.
        await removeParts(path, batchId);
        const part = join(path, `.${fileName}.${batchId}.${randomUUID()}.part`);
        return exportFile({ path, part, target: join(path, fileName), lines: await openLineFile(part) });
      }),
    remove: async (fileName, batchId) => {
      await rm(join(path, fileName), { force: true });
      await removeParts(path, batchId);
    },
  };
}

interface Opened {
  path: string;
  part: string;
  target: string;
  lines: LineFile;
}

function exportFile({ path, part, target, lines }: Opened): ExportFile {
  return {
    write: (more) => explained(path, () => lines.write(more)),
    finish: () => explained(path, lines.finish),
    place: () =>
      explained(path, async () => {
        if (!(await isThere(part)))
          throw new Error('Another attempt of the same batch has taken over; this one ends here.');
        await rename(part, target);
        await syncFolder(path);
      }),
    discard: async () => {
      await lines.close();
      await rm(part, { force: true });
    },
  };
}

function isThere(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}

/** Without it a power cut may lose the new name though the file's content is safe. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function removeParts(path: string, batchId: string): Promise<void> {
  const names = await readdir(path).catch(() => []);
  const parts = names.filter((name) => name.endsWith('.part') && name.includes(`.${batchId}.`));
  await Promise.all(parts.map((name) => rm(join(path, name), { force: true })));
}

/** Faults of the folder itself, which a person has to mend; a full disk is not among them: that may pass. */
const FOLDER_CODES = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ENOENT', 'EEXIST', 'ELOOP']);

async function explained<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined || !FOLDER_CODES.has(code)) throw error;
    throw new DatasetFailure(
      'ExportFolderUnusable',
      `FEEDBACK_EXPORT_DIR is ${resolve(path)}, and this process can’t write there (${code}). ` +
        'Make it a folder that the user who runs Thumbwheel may write, or set FEEDBACK_EXPORT_DIR to another one.',
      { cause: error },
    );
  }
}
