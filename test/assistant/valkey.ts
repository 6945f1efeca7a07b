import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from '../../src/embedded/cache-folder.ts';
import { ownPort } from '../setup/servers.ts';
import { findValkey } from '../setup/valkey.ts';

export interface OwnValkey {
  url: string;
  kill: () => Promise<void>;
  restart: () => Promise<void>;
  freeze: () => void;
  thaw: () => void;
}

/** A server of one's own that always comes back on the same port; empty then. */
export async function ownValkey(): Promise<OwnValkey> {
  const cacheDir = await cacheFolder(join(tmpdir(), 'thumbwheel-test-cache'));
  const executable = await findValkey({ cacheDir, progress: () => undefined });
  const port = await ownPort();
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', tmpdir()];
    child = spawn(executable, settings, { stdio: 'ignore' });
    while (!(await answers(port))) await new Promise((wake) => setTimeout(wake, 10));
  }

  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    kill: async () => {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
    restart: start,
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
