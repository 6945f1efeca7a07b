import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { folderProblem } from './data-folder.ts';
import { EmbeddedError, type Progress } from './embedded-error.ts';
import { startGuard } from './guard.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { type RunAs, withoutRoot } from './run-as.ts';

export const DATABASE = 'thumbwheel';
export const SUPERUSER = 'postgres';

type ClusterOptions = {
  binaries: PostgresBinaries;
  /** The cluster's own folder. */
  folder: string;
  /** Only where losing the folder in a power cut does no harm (tests). */
  skipSync?: boolean;
  progress: Progress;
};

/**
 * Makes the cluster with its database where there is none yet. It is made beside and renamed, so that
 * a start that was killed in between leaves no half a cluster.
 */
export async function ensureCluster(options: ClusterOptions): Promise<void> {
  try {
    await compareOrMake(options);
  } catch (error) {
    throw folderProblem(options.folder, error);
  }
}

async function compareOrMake(options: ClusterOptions): Promise<void> {
  const found = await clusterMajor(options.folder);
  if (found === null) return makeCluster(options);
  if (found === options.binaries.major) return;
  throw new EmbeddedError(
    `The data in ${options.folder} was made by PostgreSQL ${found}, the embedded one is ${options.binaries.major}. ` +
      `Dump it with the older version and load it into a new DATA_DIR, or set DATABASE_URL to a PostgreSQL ${found}.`,
  );
}

async function clusterMajor(folder: string): Promise<number | null> {
  try {
    return Number.parseInt(await readFile(join(folder, 'PG_VERSION'), 'utf8'), 10);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

async function makeCluster({ binaries, folder, skipSync, progress }: ClusterOptions): Promise<void> {
  progress('Making the database (first start, about 1 s) …');
  await removeUnfinished(folder);
  const unfinished = `${folder}.new-${process.pid}`;
  await mkdir(unfinished, { mode: 0o700 });
  await chmod(unfinished, 0o700);
  const runAs = await withoutRoot(unfinished);
  await runTool(runAs, binaries.initdb, [
    `--pgdata=${unfinished}`,
    '--encoding=UTF8',
    '--locale=C',
    '--auth=trust',
    `--username=${SUPERUSER}`,
    '--no-instructions',
    ...(skipSync ? ['--no-sync'] : []),
  ]);
  const single = ['--single', '-D', unfinished, ...(skipSync ? ['-F'] : []), 'postgres'];
  await runTool(runAs, binaries.postgres, single, `CREATE DATABASE ${DATABASE};\n`);
  await rename(unfinished, folder);
}

async function removeUnfinished(folder: string): Promise<void> {
  const parent = dirname(folder);
  const prefix = `${folder}.new-`;
  const left = (await readdir(parent))
    .map((name) => join(parent, name))
    .filter((path) => path.startsWith(prefix));
  await Promise.all(left.map((path) => rm(path, { recursive: true, force: true })));
}

async function runTool(runAs: RunAs, tool: string, args: string[], input = ''): Promise<void> {
  const [command = tool, ...rest] = [...runAs.prefix, tool, ...args];
  const guard = startGuard('SIGTERM', 5000);
  const child = spawn(command, rest, {
    ...runAs.ids,
    detached: true,
    env: { ...process.env, LC_ALL: 'C' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  if (child.pid !== undefined) guard.watch(child.pid);
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  const code = await exitOf(child);
  guard.release();
  if (code !== 0) throw explainPostgres('PostgreSQL could not make its data folder', output);
}

function exitOf(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
}

/** Turns PostgreSQL's own words into one message that says what to do. */
export function explainPostgres(what: string, output: string): EmbeddedError {
  const said = output.trim().split('\n').slice(-6).join('\n');
  if (/No space left on device|Disk quota exceeded/i.test(output)) {
    return new EmbeddedError(
      `${what}: the disk is full. Free some space (100 MB at least), or set DATA_DIR to another disk.`,
    );
  }
  if (/Permission denied|Read-only file system|Operation not permitted/i.test(output)) {
    return new EmbeddedError(
      `${what}: a file may not be read or written. Give DATA_DIR to the user who runs this, or set DATA_DIR to another folder. It said:\n${said}`,
    );
  }
  if (/could not (map|create|resize|open) (anonymous )?shared memory|semaphores/i.test(output)) {
    return new EmbeddedError(`${what}: the system gives it too little shared memory. It said:\n${said}`);
  }
  return new EmbeddedError(said ? `${what}. It said:\n${said}` : `${what}. It said nothing.`);
}
