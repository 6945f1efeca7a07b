import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const page = read('docs/first-description.md');

/** Rows of the table of types and functions: the name here, and the file that holds it. */
const names = [...page.matchAll(/^\| [^|]+ \| `(\w+)` \| `([\w./-]+)` \|$/gm)].map(
  ([, name = '', file = '']) => ({ name, file }),
);

describe('the page on the first description', () => {
  it('lists every type and function of it', () => {
    expect(names).toHaveLength(17);
  });

  it.each(names)('finds $name in $file', ({ name, file }) => {
    expect(read(file)).toMatch(new RegExp(`\\b${name}\\b`));
  });

  it('has its four headings of trouble, each with a command', () => {
    for (const heading of [
      'Feedback not being stored',
      'Export job not running',
      'Fine-tuning not triggering',
      'Model not activating',
    ]) {
      const section = page.split(`### ${heading}`)[1]?.split('\n#')[0] ?? '';
      expect(section).toMatch(/```sh\n\S/);
    }
  });
});
