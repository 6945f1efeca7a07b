import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { cacheFolder } from '../../src/embedded/cache-folder.ts';
import { unfinishedFolder } from '../../src/embedded/unfinished.ts';

const TWO_HOURS_S = 7_200;

let folder: string;
let before: string | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thumbwheel-cache-'));
  before = process.env.XDG_CACHE_HOME;
  process.env.XDG_CACHE_HOME = folder;
});
afterEach(async () => {
  if (before === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = before;
  await rm(folder, { recursive: true, force: true });
});

async function aged(path: string): Promise<void> {
  const then = Date.now() / 1000 - TWO_HOURS_S;
  await utimes(path, then, then);
}

describe('the cache folder', () => {
  test('is freed of what a killed fetch left, not of programs, nor of a fetch that is under way', async () => {
    const cache = await cacheFolder(join(folder, 'fallback'));
    expect(cache).toBe(join(folder, 'thumbwheel'));
    const killed = await unfinishedFolder(cache);
    await writeFile(join(killed, 'tool.whl'), 'half');
    await writeFile(join(cache, 'tool-1.0.0'), 'whole');
    const underWay = await unfinishedFolder(cache);
    await Promise.all([killed, join(cache, 'tool-1.0.0')].map(aged));
    await cacheFolder(join(folder, 'fallback'));
    expect((await readdir(cache)).map((name) => join(cache, name)).sort()).toEqual(
      [join(cache, 'tool-1.0.0'), underWay].sort(),
    );
  });

  test("is the fallback where the user's own can not be written", async () => {
    await writeFile(join(folder, 'thumbwheel'), 'in the way');
    const fallback = join(folder, 'data/cache');
    expect(await cacheFolder(fallback)).toBe(fallback);
    expect(await readdir(fallback)).toEqual([]);
  });
});
