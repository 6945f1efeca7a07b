import { describe, expect, test } from '@jest/globals';
import { fileInWheel } from '../../src/embedded/wheel.ts';
import { makeWheel } from './make-wheel.ts';

describe('a file in a wheel', () => {
  const wheel = makeWheel([
    { name: 'tool-1.0.dist-info/METADATA', content: 'Name: tool', method: 'deflated' },
    { name: 'tool-1.0.data/scripts/stored', content: 'as it is', method: 'stored' },
    { name: 'tool-1.0.data/scripts/deflated', content: 'again and again and again', method: 'deflated' },
  ]);

  test('is read whether it is stored or deflated', () => {
    expect(fileInWheel(wheel, '/scripts/stored').toString()).toBe('as it is');
    expect(fileInWheel(wheel, '/scripts/deflated').toString()).toBe('again and again and again');
  });

  test('that is not there is told by its name', () => {
    expect(() => fileInWheel(wheel, '/scripts/missing')).toThrow('No /scripts/missing in the wheel.');
  });

  test('is not looked for in something that is no wheel', () => {
    expect(() => fileInWheel(Buffer.from('<html>'), '/scripts/stored')).toThrow('Not a wheel');
  });
});
