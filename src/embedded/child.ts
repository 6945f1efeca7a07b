import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { folderProblem } from './data-folder.ts';
import { EmbeddedError, type Progress } from './embedded-error.ts';
import { type Guard, startGuard } from './guard.ts';
import { clearLeftover, type PidFile, removePidFile, writePidFile } from './pid-file.ts';

const TAIL_CHARS = 8000;

export type ChildOptions = {
  pidFile: PidFile;
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** What asks this server to stop in order; SIGKILL follows after `graceMs`. */
  stopSignal: NodeJS.Signals;
  graceMs: number;
  /** User and group to run as, where it must not be this process's own. */
  ids?: { uid: number; gid: number };
  progress: Progress;
};

export type Child = {
  pid: number;
  /** Null while it runs; then how it ended, such as "exit code 1" or "SIGKILL". */
  ended(): string | null;
  /** Resolves with the same when it has ended, whoever ended it. */
  exited: Promise<string>;
  /** The last lines it wrote, for an error message. */
  outputTail(): string;
  /** Resolves when it has ended; calling it again, or after its end, is harmless. */
  stop(): Promise<void>;
};

/**
 * Starts a server that does not outlive this process, not even when this process gets SIGKILL.
 * What an earlier, killed start left running under the same pid file is stopped first.
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  await clearLeftover(options.pidFile, options);
  const guard = startGuard(options.stopSignal, options.graceMs);
  const child = spawn(options.command, options.args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: options.env ?? process.env,
    cwd: options.cwd,
    ...options.ids,
  });
  const state = follow(child, guard);
  const pid = await started(child, options);
  guard.watch(pid);
  const stop = async () => {
    if (state.ended() === null) await stopChild(child, state.exited, options);
    await removePidFile(options.pidFile);
  };
  try {
    await writePidFile(options.pidFile, pid);
  } catch (error) {
    await stop();
    throw folderProblem(dirname(options.pidFile.path), error);
  }
  return {
    pid,
    ended: state.ended,
    exited: state.exited,
    outputTail: state.outputTail,
    stop,
  };
}

type ServerProcess = ChildProcessByStdio<null, Readable, Readable>;

function follow(child: ServerProcess, guard: Guard) {
  let tail = '';
  let end: string | null = null;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      tail = (tail + chunk).slice(-TAIL_CHARS);
    });
    if ('unref' in stream && typeof stream.unref === 'function') stream.unref();
  }
  child.unref();
  const exited = new Promise<string>((resolve) => {
    const endedBy = (how: string) => {
      end = how;
      guard.release();
      resolve(how);
    };
    child.once('exit', (code, signal) => endedBy(signal ?? `exit code ${code}`));
    child.once('error', (error) => endedBy(error.message));
  });
  return { exited, ended: () => end, outputTail: () => tail.trim() };
}

function started(child: ServerProcess, { pidFile, command }: ChildOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('spawn', () => (child.pid === undefined ? undefined : resolve(child.pid)));
    child.once('error', (error) => {
      reject(new EmbeddedError(`${pidFile.name} could not be started (${command}): ${error.message}`));
    });
  });
}

async function stopChild(
  child: ServerProcess,
  exited: Promise<string>,
  options: ChildOptions,
): Promise<void> {
  child.kill(options.stopSignal);
  const timer = setTimeout(() => child.kill('SIGKILL'), options.graceMs);
  await exited;
  clearTimeout(timer);
}
