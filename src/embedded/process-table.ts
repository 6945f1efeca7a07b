import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

export type RunningProcess = { parentPid: number; command: string };

/** What runs under `pid`, or null where nothing does. A zombie counts as nothing. */
export async function lookUpProcess(pid: number): Promise<RunningProcess | null> {
  return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
}

/** True until the process is gone; a process of another user counts as there. */
export async function isRunning(pid: number): Promise<boolean> {
  return (await lookUpProcess(pid)) !== null;
}

// Slim images have no `ps`, so Linux is asked through /proc (format: proc(5)).
async function fromProc(pid: number): Promise<RunningProcess | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const [state, parentPid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return null;
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8');
    return { parentPid: Number(parentPid), command: commandLine.replaceAll('\0', ' ').trim() };
  } catch {
    return null;
  }
}

async function fromPs(pid: number): Promise<RunningProcess | null> {
  try {
    const { stdout } = await run('ps', ['-o', 'stat=,ppid=,command=', '-ww', '-p', String(pid)]);
    const [, state, parentPid, command] = /^\s*(\S+)\s+(\d+)\s+(.*\S)/.exec(stdout) ?? [];
    if (!state || !command || state.startsWith('Z')) return null;
    return { parentPid: Number(parentPid), command };
  } catch {
    return null;
  }
}
