import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type OpenDatabase, openDatabase } from '../platform/postgres/open-database.ts';
import { exportProcess } from './child.ts';
import { storeManyThumbs, temporaryFolder } from './support.ts';

const ROWS = 50_000;
const CHARACTERS = 2_400;
/** Modules and pages fit in it, the rows of the batch would not. */
const HEAP_MB = 80;

let database: OpenDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeEach(async () => {
  database = await openDatabase();
  folder = await temporaryFolder();
});

afterEach(async () => {
  await database.close();
  await folder.remove();
});

it('exports 50,000 rows of 120 MB within a heap of 80 MB', async () => {
  await storeManyThumbs(database.db, ROWS, CHARACTERS);
  const child = exportProcess({
    url: database.url,
    folder: folder.path,
    batchId: randomUUID(),
    heapMb: HEAP_MB,
  });
  const result = await child.result;
  expect(result).toMatchObject({ outcome: 'exported', rows: ROWS, positives: ROWS * 0.9 });
  let newlines = 0;
  for await (const chunk of createReadStream(join(folder.path, result?.fileName ?? ''))) {
    for (const byte of chunk) newlines += byte === 10 ? 1 : 0;
  }
  expect(newlines).toBe(ROWS * 0.9);
}, 240_000);
