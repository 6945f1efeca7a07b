import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { transformFile } from '@swc/core';

const ROOT = join(import.meta.dirname, '../..');
const SOURCES = join(ROOT, 'src/embedded');

export type Ran = { code: number | null; signal: NodeJS.Signals | null; output: string };
export type Running = {
  pid: number;
  /** The next line it prints that is JSON. */
  answer(): Promise<Record<string, string>>;
  kill(signal: NodeJS.Signals): void;
  ended: Promise<Ran>;
};
export type Scripts = {
  start(code: string, options?: { env?: NodeJS.ProcessEnv; prefix?: string[] }): Promise<Running>;
  remove(): Promise<void>;
};

/**
 * Programs that use the embedded parts as `npm start` does: in a process of their own, which a test can kill or run
 * as another user. Node 20 runs no TypeScript, so the sources are stripped of their types first.
 */
export async function embeddedScripts(): Promise<Scripts> {
  await mkdir(join(ROOT, '.test-servers'), { recursive: true });
  const folder = await mkdtemp(join(ROOT, '.test-servers', 'scripts-'));
  await chmod(folder, 0o755);
  const place = join(folder, 'embedded');
  await mkdir(place);
  await strip(join(ROOT, 'src/make-folder.ts'), folder);
  for (const name of await readdir(SOURCES)) await strip(join(SOURCES, name), place);
  let count = 0;
  const running = new Set<ServerScript>();
  return {
    start: async (code, { env, prefix = [] } = {}) => {
      count += 1;
      const file = join(place, `script-${count}.mjs`);
      await writeFile(file, code);
      const [command = '', ...args] = [...prefix, process.execPath, file];
      const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: env ?? process.env });
      running.add(child);
      return follow(child);
    },
    remove: async () => {
      for (const child of running) child.kill('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export const ORDINARY_USER = 65_534;

/** Words before a command that run it as an ordinary user who may read, not write, everything; none where we are one. */
export function asOrdinaryUser(): string[] {
  if (process.getuid?.() !== 0) return [];
  const capabilities = ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search'];
  return [
    'setpriv',
    `--reuid=${ORDINARY_USER}`,
    `--regid=${ORDINARY_USER}`,
    '--clear-groups',
    ...capabilities,
    '--',
  ];
}

type ServerScript = ChildProcessByStdio<null, Readable, Readable>;

// The option is newer than swc's own types.
const STRIP = {
  target: 'es2023',
  parser: { syntax: 'typescript' },
  rewriteRelativeImportExtensions: true,
} as const;

async function strip(path: string, folder: string): Promise<void> {
  const { code } = await transformFile(path, { swcrc: false, module: { type: 'es6' }, jsc: STRIP });
  await writeFile(join(folder, basename(path).replace(/\.ts$/, '.js')), code);
}

function follow(child: ServerScript): Running {
  let output = '';
  let read = 0;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  const ended = once(child, 'close').then(([code, signal]): Ran => ({ code, signal, output }));
  const nextAnswer = (): Record<string, string> | undefined => {
    const end = output.indexOf('\n', read);
    if (end < 0) return undefined;
    const line = output.slice(read, end);
    read = end + 1;
    return line.startsWith('{') ? JSON.parse(line) : nextAnswer();
  };
  const answer = async (): Promise<Record<string, string>> => {
    for (;;) {
      const found = nextAnswer();
      if (found) return found;
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`The script ended:\n${output}`);
      await Promise.race([once(child.stdout, 'data'), once(child, 'close')]);
    }
  };
  return { pid: child.pid ?? 0, answer, kill: (signal) => void child.kill(signal), ended };
}
