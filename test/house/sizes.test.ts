import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ROOT, sourceFiles } from './imports.ts';

const LONGEST_FILE = 300;
const NINE_OF_TEN = 200;

const lengths = ['src', 'workflows', 'activities', 'web/src']
  .flatMap(sourceFiles)
  .map((file) => ({ file, lines: readFileSync(join(ROOT, file), 'utf8').split('\n').length - 1 }));

describe('the sizes of the house', () => {
  it('has no file over the limit', () => {
    expect(lengths.filter(({ lines }) => lines > LONGEST_FILE)).toEqual([]);
  });

  it('keeps nine files of ten short', () => {
    const long = lengths.filter(({ lines }) => lines > NINE_OF_TEN).length;
    expect(long / lengths.length).toBeLessThanOrEqual(0.1);
  });

  it('has one protobufjs of version 8 for all Temporal packages, so that histories can be read', () => {
    const listed = execFileSync('npm', ['ls', 'protobufjs', '--json', '--all'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    const versions = new Set(
      [...listed.matchAll(/"protobufjs":\s*\{\s*"version":\s*"(8\.[^"]+)"/g)].map(([, version]) => version),
    );
    const copies = execFileSync(
      'find',
      ['node_modules/@temporalio', '-type', 'd', '-path', '*/node_modules/protobufjs'],
      { cwd: ROOT, encoding: 'utf8' },
    );
    expect([...versions]).toHaveLength(1);
    expect(copies.trim()).toBe('');
  });
});
