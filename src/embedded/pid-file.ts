import { readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedError, type Progress } from './embedded-error.ts';
import { isRunning, lookUpProcess } from './process-table.ts';

const POLL_MS = 20;
const KILL_WAIT_MS = 2000;

/** `marker` is a part of the command line (the data path) that no other program's has. */
export type PidFile = { path: string; name: string; marker: string };

type Entry = { pid: number; parentPid: number };

export async function writePidFile(file: PidFile, pid: number): Promise<void> {
  const entry: Entry = { pid, parentPid: process.pid };
  await writeFile(file.path, `${JSON.stringify(entry)}\n`);
}

export async function removePidFile(file: PidFile): Promise<void> {
  await rm(file.path, { force: true });
}

type LeftoverOptions = { stopSignal: NodeJS.Signals; graceMs: number; progress: Progress };

/**
 * Stops what a killed parent left running, so that the next start finds the data free.
 *
 * The pid is believed only when its command line carries the marker. A child whose recorded
 * parent is still its parent belongs to a living program: throws EmbeddedError then.
 */
export async function clearLeftover(file: PidFile, options: LeftoverOptions): Promise<void> {
  const entry = await readEntry(file);
  if (!entry) return;
  const found = await lookUpProcess(entry.pid);
  if (!found?.command.includes(file.marker)) return removePidFile(file);
  if (found.parentPid === entry.parentPid) {
    throw new EmbeddedError(
      `${file.name} in ${file.marker} is in use by a running Thumbwheel (process ${entry.parentPid}). ` +
        'Stop that one first, or start this one with another DATA_DIR.',
    );
  }
  options.progress(
    `Stopping ${file.name} (process ${entry.pid}) that an earlier, killed start left running …`,
  );
  await endProcess(entry.pid, options);
  await removePidFile(file);
}

async function readEntry(file: PidFile): Promise<Entry | null> {
  try {
    const entry: unknown = JSON.parse(await readFile(file.path, 'utf8'));
    return isEntry(entry) ? entry : null;
  } catch {
    return null;
  }
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null) return false;
  if (!('pid' in value) || !('parentPid' in value)) return false;
  return Number.isInteger(value.pid) && Number.isInteger(value.parentPid);
}

async function endProcess(pid: number, { stopSignal, graceMs }: LeftoverOptions): Promise<void> {
  signal(pid, stopSignal);
  if (await goneWithin(pid, graceMs)) return;
  signal(pid, 'SIGKILL');
  if (await goneWithin(pid, KILL_WAIT_MS)) return;
  throw new EmbeddedError(`Process ${pid} of an earlier start does not end. End it by hand: kill -9 ${pid}`);
}

async function goneWithin(pid: number, waitMs: number): Promise<boolean> {
  const deadline = Date.now() + waitMs;
  while (Date.now() < deadline) {
    if (!(await isRunning(pid))) return true;
    await sleep(POLL_MS);
  }
  return !(await isRunning(pid));
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone already, or not ours: the wait that follows tells which.
  }
}
