import { createHash, randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { prepareExportDir } from '../../src/dataset/export-file.ts';
import { exportFileName } from '../../src/dataset/file-name.ts';
import { type OpenDatabase, openDatabase } from '../platform/postgres/open-database.ts';
import { type ExporterUnderTest, exporterUnderTest, marks, storeThumbs, temporaryFolder } from './support.ts';

let database: OpenDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let exporter: ExporterUnderTest;

beforeEach(async () => {
  database = await openDatabase();
  folder = await temporaryFolder();
  exporter = exporterUnderTest(database.db, folder.path);
});

afterEach(async () => {
  await database.close();
  await folder.remove();
});

const liked = (line: string) => JSON.parse(line).contents[0].parts[0].text;

describe('an export', () => {
  it('writes the liked answers as the first description shows them and marks all rows', async () => {
    await storeThumbs(database.db, [
      { prompt: 'Explain this Python code: def fib(n)...' },
      { prompt: 'Disliked', isPositive: false },
      { prompt: 'Give me a hint for...', response: 'Consider using dynamic programming...' },
    ]);
    const result = await exporter.run();
    expect(result).toMatchObject({ outcome: 'exported', rows: 3, positives: 2, leftBehind: 0 });
    expect(result.fileName).toMatch(/^feedback_export_\d{8}_\d{6}\.jsonl$/);
    expect(await exporter.lines(result.fileName)).toEqual([
      '{"contents":[{"role":"user","parts":[{"text":"Explain this Python code: def fib(n)..."}]},{"role":"model","parts":[{"text":"This is a recursive Fibonacci function..."}]}]}',
      '{"contents":[{"role":"user","parts":[{"text":"Give me a hint for..."}]},{"role":"model","parts":[{"text":"Consider using dynamic programming..."}]}]}',
    ]);
    const bytes = await readFile(join(folder.path, result.fileName ?? ''));
    expect(result).toMatchObject({
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
    expect(await marks(database.db)).toEqual(
      [1, 2, 3].map((id) => ({ id, batch_id: result.batchId, exported: true, training_set_id: null })),
    );
    expect(await exporter.files()).toEqual([result.fileName]);
  });

  it('replaces credentials and personal data', async () => {
    await storeThumbs(database.db, [
      { prompt: 'Mail jane.roe@acme-corp.io', response: 'AKIAX5GJW6QPR5IQ5RYJ' },
    ]);
    const { fileName } = await exporter.run();
    const [line = ''] = await exporter.lines(fileName);
    expect(line).toContain('Mail [email]');
    expect(line).toContain('[secret]');
  });

  it('gives the same answer and file when it is called again with the same batch id', async () => {
    await storeThumbs(database.db, [{}, {}]);
    const batchId = randomUUID();
    const first = await exporter.run({ batchId });
    await storeThumbs(database.db, [{ prompt: 'Later' }]);
    expect(await exporter.run({ batchId })).toEqual(first);
    expect(await exporter.lines(first.fileName)).toHaveLength(2);
  });

  it('takes a row once, whoever asks', async () => {
    await storeThumbs(database.db, [{}, {}]);
    await exporter.run();
    await storeThumbs(database.db, [{ prompt: 'New' }]);
    const second = await exporter.run();
    expect((await exporter.lines(second.fileName)).map(liked)).toEqual(['New']);
    expect(await exporter.run()).toMatchObject({ outcome: 'nothing_to_export', rows: 0, fileName: null });
  });

  it('never gives a row to two exports that run at once', async () => {
    await storeThumbs(database.db, Array(500).fill({}));
    const results = await Promise.all([exporter.run(), exporter.run(), exporter.run()]);
    expect(results.reduce((sum, { rows }) => sum + rows, 0)).toBe(500);
    const files = results.filter(({ fileName }) => fileName !== null);
    expect(new Set(files.map(({ fileName }) => fileName)).size).toBe(files.length);
    const lines = (await Promise.all(files.map(({ fileName }) => exporter.lines(fileName)))).flat();
    expect(new Set(lines).size).toBe(500);
  });

  it('takes what an outage left behind and counts it', async () => {
    await storeThumbs(database.db, [{ daysAgo: 30 }, { daysAgo: 8 }, { daysAgo: 1 }]);
    expect(await exporter.run()).toMatchObject({ rows: 3, leftBehind: 2 });
  });

  it('takes the window only when days are given', async () => {
    await storeThumbs(database.db, [{ daysAgo: 30 }, { daysAgo: 1 }]);
    expect(await exporter.run({ days: 7 })).toMatchObject({ rows: 1, leftBehind: 0 });
    expect((await marks(database.db)).map(({ exported }) => exported)).toEqual([false, true]);
  });

  it('with mark false writes the liked answers of the window, exported or not, and marks nothing', async () => {
    await storeThumbs(database.db, [
      { prompt: 'old', daysAgo: 30 },
      { prompt: 'exported', exported: true },
      { prompt: 'disliked', isPositive: false },
      { prompt: 'new' },
    ]);
    const before = await marks(database.db);
    const result = await exporter.run({ days: 7, mark: false });
    expect(result).toMatchObject({ outcome: 'exported', rows: 2, positives: 2 });
    expect((await exporter.lines(result.fileName)).map(liked)).toEqual(['exported', 'new']);
    expect(await marks(database.db)).toEqual(before);
  });

  it('marks rows without a liked one among them, and writes no file', async () => {
    await storeThumbs(database.db, [{ isPositive: false }]);
    expect(await exporter.run()).toMatchObject({
      outcome: 'exported',
      rows: 1,
      positives: 0,
      fileName: null,
      sha256: null,
    });
    expect(await exporter.files()).toEqual([]);
    expect(await marks(database.db)).toMatchObject([{ exported: true }]);
  });

  it('leaves out withdrawn thumbs, and rows that the Go service exported', async () => {
    await storeThumbs(database.db, [{ exported: true }, {}]);
    await database.db.query('UPDATE ai_feedback SET deleted_at = now() WHERE id = 2');
    expect(await exporter.run()).toMatchObject({ outcome: 'nothing_to_export' });
  });

  it('leaves out a thumb that is taken back while the file is written', async () => {
    await storeThumbs(database.db, Array(300).fill({}));
    let beats = 0;
    const result = await exporter.run(
      {},
      {
        signal: new AbortController().signal,
        heartbeat: (detail) => {
          if (detail === undefined || ++beats !== 1) return;
          void database.db.query('UPDATE ai_feedback SET deleted_at = now() WHERE id = 7');
        },
      },
    );
    const prompts = (await exporter.lines(result.fileName)).map(liked);
    expect(prompts).toHaveLength(299);
    expect(prompts).not.toContain('Question 6');
    expect(result).toMatchObject({ rows: 300, positives: 299 });
  });

  it('takes the next free second when a name is taken in the folder or the table', async () => {
    const now = Date.now();
    const taken = Array.from({ length: 60 }, (_, second) => exportFileName(new Date(now + second * 1000)));
    await Promise.all(taken.map((name) => writeFile(join(folder.path, name), 'of somebody else')));
    await storeThumbs(database.db, [{}]);
    const { fileName } = await exporter.run();
    expect(taken).not.toContain(fileName);
    expect(fileName).toBe(exportFileName(new Date(now + 60_000)));
    expect(await readFile(join(folder.path, taken[0] ?? ''), 'utf8')).toBe('of somebody else');
  });
});

describe('an export that is given up', () => {
  it('gives its rows back, and the next one takes them', async () => {
    await storeThumbs(database.db, Array(300).fill({}));
    const batchId = randomUUID();
    const cancel = new AbortController();
    const progress = {
      signal: cancel.signal,
      heartbeat: (detail?: unknown) => detail !== undefined && cancel.abort(),
    };
    await expect(exporter.run({ batchId }, progress)).rejects.toMatchObject({ name: 'AbortError' });
    expect((await marks(database.db))[0]).toMatchObject({ batch_id: batchId, exported: false });
    await exporter.release(batchId);
    expect((await marks(database.db))[0]).toMatchObject({ batch_id: null, exported: false });
    expect(await exporter.files()).toEqual([]);
    await expect(exporter.run({ batchId })).rejects.toMatchObject({ type: 'BatchReleased' });
    expect(await exporter.run()).toMatchObject({ rows: 300 });
  });

  it('can’t claim any more when it was given up before its claim', async () => {
    await storeThumbs(database.db, [{}]);
    const batchId = randomUUID();
    await exporter.release(batchId);
    await expect(exporter.run({ batchId })).rejects.toMatchObject({ type: 'BatchReleased' });
    expect(await exporter.run()).toMatchObject({ rows: 1 });
  });

  it('is left alone when it is finished', async () => {
    await storeThumbs(database.db, [{}]);
    const { batchId, fileName } = await exporter.run();
    await exporter.release(batchId);
    expect(await exporter.files()).toEqual([fileName]);
    expect(await marks(database.db)).toMatchObject([{ exported: true, batch_id: batchId }]);
  });
});

describe('the export folder', () => {
  it('is made when it is missing', async () => {
    const path = join(folder.path, 'a/b');
    await prepareExportDir(path);
    await expect(writeFile(join(path, 'x'), '')).resolves.toBeUndefined();
  });

  it('is refused by the variable’s name when it is a file', async () => {
    const path = join(folder.path, 'file');
    await writeFile(path, '');
    await expect(prepareExportDir(path)).rejects.toThrow(/FEEDBACK_EXPORT_DIR is .*\/file, .*EEXIST/);
  });

  it('that can’t be used stops the export without retry and loses nothing', async () => {
    await storeThumbs(database.db, [{}]);
    await writeFile(join(folder.path, 'file'), '');
    const wrong = exporterUnderTest(database.db, join(folder.path, 'file/below'));
    const batchId = randomUUID();
    await expect(wrong.run({ batchId })).rejects.toMatchObject({ type: 'ExportFolderUnusable' });
    await wrong.release(batchId);
    expect(await exporter.run()).toMatchObject({ rows: 1 });
  });
});
