import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type Import, importsOf, ROOT, sourceFiles } from './imports.ts';

/** Rooms from left to right: a room may know those to its right, never back. */
const MAY_KNOW: Readonly<Record<string, readonly string[]>> = {
  pipeline: ['tuning', 'dataset', 'feedback', 'assistant', 'models', 'rollout'],
  tuning: ['dataset', 'feedback', 'assistant', 'models'],
  dataset: ['feedback', 'assistant', 'models'],
  feedback: ['assistant', 'models', 'metrics'],
  assistant: ['models', 'metrics'],
  rollout: ['models', 'metrics'],
  models: [],
  metrics: ['assistant'],
};
const FOUNDATION = ['settings', 'gemini', 'platform', 'errors.ts', 'log.ts', 'make-folder.ts'];
const ENTITIES_LIST = 'src/platform/postgres/data-source.ts';

/** Parts of a name that say that the file touches the world: what it keeps or serves, or whose program it speaks to. */
const WORLDLY_PARTS = [
  'store',
  'entity',
  'registry',
  'claim',
  'routes',
  'schedule',
  'gemini',
  'redis',
  'prometheus',
];
/** Whole names that touch the world; what else lies in a room is clean. */
const WORLDLY_NAMES = ['node-cache-contexts', 'cloud-storage', 'local-folder', 'export-file', 'traffic'];
const WORLDLY_PACKAGES = [
  'typeorm',
  'pg',
  'express',
  'redis',
  'node-cache',
  '@google/genai',
  '@google-cloud/storage',
  '@temporalio/client',
  '@temporalio/worker',
  'prom-client',
  'node:fs',
];

const product = sourceFiles('src');
const imports = [...product, ...sourceFiles('workflows'), ...sourceFiles('activities')].flatMap(importsOf);

const inRooms = product.filter((file) => roomOf(file) in MAY_KNOW);

function roomOf(file: string): string {
  return file.split('/')[1] ?? '';
}

function nameOf(file: string): string {
  return basename(file, '.ts');
}

function partsOf(file: string): string[] {
  return nameOf(file).split(/[-.]/);
}

function isClean(file: string): boolean {
  return !WORLDLY_NAMES.includes(nameOf(file)) && !partsOf(file).some((part) => WORLDLY_PARTS.includes(part));
}

function offences(found: Import[]): string[] {
  return found.map(({ from, to }) => `${from} → ${to}`);
}

describe('the arrows of the house', () => {
  it('lets a room know only the rooms to its right and the foundation', () => {
    const wrong = imports.filter(({ from, to, kind }) => {
      const allowed = MAY_KNOW[roomOf(from)];
      if (!from.startsWith('src/') || !to.startsWith('src/') || !allowed || kind === 'type') return false;
      return ![roomOf(from), ...allowed, ...FOUNDATION].includes(roomOf(to));
    });
    expect(offences(wrong)).toEqual([]);
  });

  it('keeps the foundation free of rooms', () => {
    const wrong = imports.filter(({ from, to, kind }) => {
      const inFoundation =
        from.startsWith('src/') &&
        FOUNDATION.includes(roomOf(from)) &&
        from !== ENTITIES_LIST &&
        from !== 'src/platform/postgres/migrate.ts';
      return inFoundation && kind === 'value' && to.startsWith('src/') && roomOf(to) in MAY_KNOW;
    });
    expect(offences(wrong)).toEqual([]);
  });

  it('lets nobody but main import main, compose and the roles', () => {
    const wrong = imports.filter(
      ({ from, to }) =>
        /^src\/(main\.ts$|compose\/|roles\/)/.test(to) &&
        !/^src\/(main\.ts$|compose\/|roles\/|demo\/)/.test(from),
    );
    expect(offences(wrong)).toEqual([]);
  });

  it('keeps the emulator and the embedded servers strangers to the product', () => {
    const wrong = imports.filter(
      ({ from, to }) =>
        /^src\/(emulator|embedded)\//.test(from) &&
        to.startsWith('src/') &&
        roomOf(to) !== roomOf(from) &&
        to !== 'src/make-folder.ts',
    );
    expect(offences(wrong)).toEqual([]);
  });

  it('lets clean files import no package that touches the world', () => {
    const wrong = imports.filter(
      ({ from, to, kind }) =>
        kind === 'value' && inRooms.includes(from) && isClean(from) && WORLDLY_PACKAGES.includes(to),
    );
    expect(offences(wrong)).toEqual([]);
  });

  it('lets clean files import no file that touches the world', () => {
    const wrong = imports.filter(
      ({ from, to, kind }) =>
        kind === 'value' && inRooms.includes(from) && isClean(from) && inRooms.includes(to) && !isClean(to),
    );
    expect(offences(wrong)).toEqual([]);
  });

  it('lists no name and no package that is not there', () => {
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const there = [...inRooms.flatMap(partsOf), ...inRooms.map(nameOf), ...Object.keys(dependencies)];
    const listed = [...WORLDLY_PARTS, ...WORLDLY_NAMES, ...WORLDLY_PACKAGES];
    expect(listed.filter((one) => !there.includes(one) && !isBuiltin(one))).toEqual([]);
  });

  it('lets workflows reach only pure code', () => {
    const reached = closure(sourceFiles('workflows'));
    const impure = [...reached]
      .flatMap(importsOf)
      .filter(
        ({ to, kind }) =>
          kind === 'value' &&
          !to.startsWith('src/') &&
          !to.startsWith('workflows/') &&
          !['@temporalio/workflow', '@temporalio/common', 'zod'].includes(to),
      );
    expect(offences(impure)).toEqual([]);
  });

  it('reads the environment in one file of the product', () => {
    const readers = product.filter(
      (file) =>
        !/^src\/(embedded|demo)\//.test(file) &&
        readFileSync(join(ROOT, file), 'utf8').includes('process.env'),
    );
    expect(readers).toEqual(['src/settings/environment.ts']);
  });

  it('goes up at most two folders in an import', () => {
    const deep = [...product, ...sourceFiles('workflows'), ...sourceFiles('activities')].filter((file) =>
      readFileSync(join(ROOT, file), 'utf8').includes("from '../../../"),
    );
    expect(deep.filter((file) => !file.startsWith('src/platform/postgres/migrations'))).toEqual([]);
  });
});

/** Files that the given ones import by value, and so on. */
function closure(start: string[]): Set<string> {
  const seen = new Set<string>();
  const open = [...start];
  for (let file = open.pop(); file; file = open.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    open.push(
      ...importsOf(file)
        .filter(({ to, kind }) => kind === 'value' && /^(src|workflows)\//.test(to))
        .map(({ to }) => to),
    );
  }
  return seen;
}
