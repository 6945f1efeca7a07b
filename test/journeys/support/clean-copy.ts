import { execFile } from 'node:child_process';
import { cp, mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '../../..');

/** Copies what is under version control, as a fresh clone has it, with the packages that are installed here. */
export async function copySources(target: string): Promise<void> {
  const { stdout } = await promisify(execFile)('git', ['ls-files', '-z', '--', ':!docs', ':!test'], {
    cwd: ROOT,
    maxBuffer: 10_000_000,
  });
  for (const path of stdout.split('\0').filter(Boolean)) {
    await mkdir(dirname(join(target, path)), { recursive: true });
    // A file that was removed and not yet committed is in the index only.
    await cp(join(ROOT, path), join(target, path)).catch(ignoreMissing);
  }
  await symlink(join(ROOT, 'node_modules'), join(target, 'node_modules'));
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}
