import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Child, startChild } from '../../src/embedded/child.ts';
import { type KeptRunning, keepRunning, type News } from '../../src/embedded/keep-running.ts';
import { isRunning } from '../../src/embedded/process-table.ts';

const RUNS = "console.log('at your service'); setInterval(() => 0, 99);";
const ENDS = "console.error('no luck'); process.exit(3);";

type Numbered = Child & { number: number };

let folder: string;
/** Each child that was started, and everything that was told. */
let started: Numbered[];
let news: News[];
let lines: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thumbwheel-keep-'));
  started = [];
  news = [];
  lines = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function start(code: string, before?: Numbered): Promise<Numbered> {
  const child = await startChild({
    pidFile: { path: join(folder, 'server.pid'), name: 'The server', marker: folder },
    command: process.execPath,
    args: ['-e', code, folder],
    stopSignal: 'SIGTERM',
    graceMs: 300,
    progress: () => undefined,
  });
  const numbered = { ...child, number: (before?.number ?? 0) + 1 };
  started.push(numbered);
  return numbered;
}

function keep(
  startOne: (before?: Numbered) => Promise<Numbered>,
  pausesMs = [1, 1, 1],
): Promise<KeptRunning<Numbered>> {
  return keepRunning({
    name: 'The server',
    start: startOne,
    tell: (one, line) => {
      news.push(one);
      lines.push(line);
    },
    pausesMs,
  });
}

async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await sleep(10);
}

describe('a server that is kept running', () => {
  test('is started again after its end, knows the one before, and says what ended and that it is back', async () => {
    const kept = await keep((before) => start(RUNS, before));
    await until(() => started[0]?.outputTail() === 'at your service');
    process.kill(kept.server.pid, 'SIGKILL');
    await until(() => news.length === 2);
    expect(started.map(({ number }) => number)).toEqual([1, 2]);
    expect(await isRunning(started[1]?.pid ?? 0)).toBe(true);
    expect(news).toEqual([
      { event: 'embedded.ended', part: 'The server' },
      { event: 'embedded.restarted', part: 'The server' },
    ]);
    expect(lines).toEqual([
      'The server ended by itself (SIGKILL). It last said:\nat your service\nThe server is started again in 0.001 s …',
      'The server runs again.',
    ]);
    await kept.stop();
    expect(await isRunning(started[1]?.pid ?? 0)).toBe(false);
  });

  test('is not started again after a stop that was asked for, however often it is asked', async () => {
    const kept = await keep(() => start(RUNS));
    await Promise.all([kept.stop(), kept.stop()]);
    await kept.stop();
    await sleep(100);
    expect(started).toHaveLength(1);
    expect(news).toEqual([]);
    expect(await isRunning(kept.server.pid)).toBe(false);
  });

  test('is not started again when the stop is asked for in the pause', async () => {
    const kept = await keep(() => start(RUNS), [3_600_000]);
    process.kill(kept.server.pid, 'SIGKILL');
    await until(() => news.length === 1);
    await kept.stop();
    expect(started).toHaveLength(1);
  });

  test('does not outlive a stop that is asked for while it is being started again', async () => {
    let mayStart: () => void = () => undefined;
    const open = new Promise<void>((resolve) => {
      mayStart = resolve;
    });
    let asked = 0;
    const kept = await keep(async () => {
      asked += 1;
      if (asked === 2) await open;
      return start(RUNS);
    });
    process.kill(kept.server.pid, 'SIGKILL');
    await until(() => asked === 2);
    const stopped = kept.stop();
    mayStart();
    await stopped;
    expect(started).toHaveLength(2);
    for (const { pid } of started) expect(await isRunning(pid)).toBe(false);
  });

  test('is tried again when a start of it fails', async () => {
    let asked = 0;
    const kept = await keep(async () => {
      asked += 1;
      if (asked === 2) throw new Error('Its port was taken.');
      return start(RUNS);
    });
    process.kill(kept.server.pid, 'SIGKILL');
    await until(() => started.length === 2);
    expect(lines[1]).toMatch(/^Its port was taken\.\nThe server is started again/);
    await kept.stop();
  });

  test('is given up with one message when it ends again and again', async () => {
    const kept = await keep((before) => start(before ? ENDS : RUNS, before));
    process.kill(kept.server.pid, 'SIGKILL');
    await expect(kept.failed).rejects.toMatchObject({
      name: 'EmbeddedError',
      message: expect.stringMatching(
        /^The server does not stay up, .*start again, its data is kept\.\nThe server ended by itself \(exit code 3\)\. It last said:\nno luck$/,
      ),
    });
    expect(started).toHaveLength(4);
    await kept.stop();
  });

  test('that can not be started the first time is not tried again', async () => {
    await expect(keep(() => Promise.reject(new Error('No disk.')))).rejects.toThrow('No disk.');
  });
});
