import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestEmulator, type TestEmulator } from './support.ts';

const mimeType = 'application/jsonl';
let emulator: TestEmulator;
beforeAll(async () => {
  emulator = await startTestEmulator();
});
afterAll(() => emulator.remove());

test('a blob is uploaded under the name given, shown, listed and deleted', async () => {
  const { files } = emulator.developer();
  const bytes = '{"a":1}\n';
  const file = await files.upload({
    file: new Blob([bytes]),
    config: { name: 'abc-123', displayName: 'exp', mimeType },
  });
  expect(file).toMatchObject({
    name: 'files/abc-123',
    displayName: 'exp',
    mimeType,
    sizeBytes: '8',
    state: 'ACTIVE',
    source: 'UPLOADED',
    sha256Hash: createHash('sha256').update(bytes).digest('base64'),
  });
  expect(Date.parse(file.expirationTime ?? '') - Date.parse(file.createTime ?? '')).toBe(48 * 3600 * 1000);
  expect(await files.get({ name: 'files/abc-123' })).toMatchObject(JSON.parse(JSON.stringify(file)));
  expect((await files.list()).page.map(({ name }) => name)).toContain('files/abc-123');
  await files.delete({ name: 'files/abc-123' });
  await expect(files.get({ name: 'abc-123' })).rejects.toMatchObject({ status: 403 });
});

test('a file of more than one chunk of 8 MiB arrives whole', async () => {
  const bytes = randomBytes(9 * 1024 * 1024);
  const path = join(emulator.stateDir, 'big.jsonl');
  await writeFile(path, bytes);
  const file = await emulator.developer().files.upload({ file: path, config: { mimeType } });
  expect(file.sha256Hash).toBe(createHash('sha256').update(bytes).digest('base64'));
  expect(await emulator.requests('files.upload')).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ headers: expect.objectContaining({ 'x-goog-upload-command': 'upload' }) }),
      expect.objectContaining({
        headers: expect.objectContaining({ 'x-goog-upload-command': 'upload, finalize' }),
      }),
    ]),
  );
});

test('files are listed in pages to the last one', async () => {
  const { files } = emulator.developer();
  const names = ['page-1', 'page-2', 'page-3'];
  for (const name of names) await files.upload({ file: new Blob(['x']), config: { name, mimeType } });
  const listed = [];
  for await (const file of await files.list({ config: { pageSize: 1 } })) listed.push(file.name);
  expect(listed).toEqual(expect.arrayContaining(names.map((name) => `files/${name}`)));
});

test('a name is given once', async () => {
  const { files } = emulator.developer();
  const upload = () => files.upload({ file: new Blob(['x']), config: { name: 'twice', mimeType } });
  await upload();
  await expect(upload()).rejects.toMatchObject({ status: 409 });
});

test('a file is gone after 48 hours', async () => {
  const { files } = emulator.developer();
  await files.upload({ file: new Blob(['x']), config: { name: 'old', mimeType } });
  await emulator.knob('clock', { advanceMs: 48 * 3600 * 1000 });
  await expect(files.get({ name: 'old' })).rejects.toMatchObject({ status: 403 });
});

test('a lost upload status makes the SDK send the last bytes again, and the file is stored once', async () => {
  await emulator.knob('faults', { fault: 'missing-upload-status', route: 'files.upload', times: 1 });
  const file = await emulator
    .developer()
    .files.upload({ file: new Blob(['bytes']), config: { name: 'lost-status', mimeType } });
  expect(file).toMatchObject({ name: 'files/lost-status', sizeBytes: '5' });
});

test('the upload protocol wants its headers', async () => {
  const answer = await fetch(`${emulator.url}/upload/v1beta/files`, {
    method: 'POST',
    headers: { 'x-goog-api-key': 'k' },
    body: '{}',
  });
  expect(answer.status).toBe(400);
});
