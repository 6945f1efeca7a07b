import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { makeFolder } from '../make-folder.ts';
import { EmbeddedError } from './embedded-error.ts';

/** Makes the folder where it is missing and answers its absolute path; EmbeddedError where it can't be written. */
export async function dataFolder(path: string): Promise<string> {
  const folder = resolve(path);
  try {
    makeFolder(folder, 0o700);
    await access(folder, constants.W_OK | constants.X_OK);
    return folder;
  } catch (error) {
    throw folderProblem(folder, error);
  }
}

/** One message for a person about a folder that the file system refused; other errors are passed on as they are. */
export function folderProblem(folder: string, error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return error;
  return new EmbeddedError(`The data folder ${folder} can't be ${reason(error.code)}`);
}

function reason(code: string): string {
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return 'written: the disk is full. Free some space, or set DATA_DIR to another disk.';
  if (code === 'EROFS')
    return 'written: its file system is read-only. Set DATA_DIR to a folder that can be written.';
  if (code === 'EEXIST' || code === 'ENOTDIR')
    return 'made: a file of that name is in the way. Set DATA_DIR to a folder.';
  return `written (${code}). Give it to the user who runs this, or set DATA_DIR to another folder.`;
}
