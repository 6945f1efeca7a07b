import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../..');
const DOCS = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
const PAGES = ['README.md', 'CONTRIBUTING.md', ...DOCS.map((name) => `docs/${name}`)];

/** Links beside the page, and paths in code marks that begin with a folder of the tree. */
function namedIn(page: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const links = [...text.matchAll(/\]\((?!\w+:|#)([^)#\s]+)/g)].map(([, path = '']) =>
    join(dirname(page), path),
  );
  const marked = [...text.matchAll(/`((?:src|test|workflows|activities|web|bench|docs)\/[\w./-]+)`/g)];
  return [...links, ...marked.map(([, path = '']) => path)];
}

test.each(PAGES)('%s names only files and folders that are there', (page) => {
  expect(namedIn(page).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});
