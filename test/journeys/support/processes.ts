import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Processes that belong to a folder: by their command line, their environment or their working folder. */
export async function processesOf(folder: string): Promise<number[]> {
  const lines = process.platform === 'linux' ? await fromProc() : await fromPs();
  return lines.filter(({ pid, text }) => pid !== process.pid && text.includes(folder)).map(({ pid }) => pid);
}

/** A process and all that it started. */
export async function withDescendants(pid: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=']);
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const below = (parent: number): number[] =>
    rows.flatMap(([child = 0, itsParent]) => (itsParent === parent ? [child, ...below(child)] : []));
  return [pid, ...below(pid)];
}

interface Seen {
  pid: number;
  text: string;
}

async function fromProc(): Promise<Seen[]> {
  const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger);
  return Promise.all(pids.map(async (pid) => ({ pid, text: await facts(pid) })));
}

async function facts(pid: number): Promise<string> {
  const nothing = () => '';
  const [state, ...texts] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8').catch(nothing),
    readFile(`/proc/${pid}/cmdline`, 'utf8').catch(nothing),
    readFile(`/proc/${pid}/environ`, 'utf8').catch(nothing),
    readlink(`/proc/${pid}/cwd`).catch(nothing),
  ]);
  return / Z /.test(state) ? '' : texts.join('\0');
}

async function fromPs(): Promise<Seen[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-E', '-ww', '-o', 'pid=,command=']);
  return stdout
    .trim()
    .split('\n')
    .map((line) => ({ pid: Number.parseInt(line, 10), text: line }));
}
