import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Child, type ChildOptions, startChild } from '../../src/embedded/child.ts';
import { isRunning } from '../../src/embedded/process-table.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thumbwheel-child-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function options(code: string): ChildOptions {
  return {
    pidFile: { path: join(folder, 'server.pid'), name: 'The server', marker: folder },
    command: process.execPath,
    args: ['-e', code, folder],
    stopSignal: 'SIGTERM',
    graceMs: 20_000,
    progress: () => undefined,
  };
}

async function until(child: Child, text: string): Promise<void> {
  while (!child.outputTail().includes(text)) await sleep(10);
}

describe('a child server', () => {
  test('is asked to stop by its own signal and leaves no pid file', async () => {
    const child = await startChild(
      options(
        "process.on('SIGTERM', () => { console.log('in order'); process.exit(7); }); setInterval(() => 0, 99); console.log('up');",
      ),
    );
    await until(child, 'up');
    expect(JSON.parse(await readFile(join(folder, 'server.pid'), 'utf8'))).toEqual({
      pid: child.pid,
      parentPid: process.pid,
    });
    await child.stop();
    expect(child.ended()).toBe('exit code 7');
    expect(child.outputTail()).toContain('in order');
    await expect(readFile(join(folder, 'server.pid'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('gets SIGKILL when it does not stop within the grace', async () => {
    const child = await startChild({
      ...options("process.on('SIGTERM', () => 0); setInterval(() => 0, 99); console.log('up');"),
      graceMs: 300,
    });
    await until(child, 'up');
    await child.stop();
    expect(child.ended()).toBe('SIGKILL');
    expect(await isRunning(child.pid)).toBe(false);
  });

  test('that ends by itself is known to have ended, with its last words, and can be stopped again', async () => {
    const child = await startChild(options("console.error('no luck'); process.exit(3);"));
    while (child.ended() === null) await sleep(10);
    await child.stop();
    await child.stop();
    expect(child.ended()).toBe('exit code 3');
    expect(child.outputTail()).toBe('no luck');
  });

  test('does not go on when its pid file can not be written', async () => {
    const started = startChild({
      ...options('setInterval(() => 0, 99);'),
      pidFile: { path: join(folder, 'missing/server.pid'), name: 'The server', marker: folder },
    });
    await expect(started).rejects.toThrow(/The data folder .*missing can't be written \(ENOENT\)/);
  });

  test('that can not be started is told with its name and path', async () => {
    await expect(startChild({ ...options(''), command: join(folder, 'missing') })).rejects.toThrow(
      /The server could not be started \(.*missing\): .*ENOENT/,
    );
  });
});
