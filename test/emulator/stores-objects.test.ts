import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Storage } from '@google-cloud/storage';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { crc32c } from '../../src/emulator/storage/checksums.ts';
import { startTestEmulator, type TestEmulator } from './support.ts';

let emulator: TestEmulator;
beforeAll(async () => {
  emulator = await startTestEmulator();
});
afterAll(() => emulator.remove());

const byEndpoint = () => new Storage({ apiEndpoint: emulator.url, projectId: 'p' });
const byVariable = () => {
  process.env.STORAGE_EMULATOR_HOST = emulator.url;
  try {
    return new Storage({ projectId: 'p' });
  } finally {
    delete process.env.STORAGE_EMULATOR_HOST;
  }
};

test('the checksum is CRC-32C as in the test vectors of RFC 3720 B.4', () => {
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
  expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
  expect(crc32c(Buffer.from(Array.from({ length: 32 }, (_, index) => index)))).toBe(0x46dd794e);
});

describe.each([
  ['apiEndpoint', byEndpoint],
  ['STORAGE_EMULATOR_HOST', byVariable],
])('through the client set up by %s', (how, client) => {
  test.each([
    ['in one multipart request', { resumable: false }],
    ['in one resumable request', { resumable: true }],
    ['in chunks', { resumable: true, chunkSize: 256 * 1024 }],
  ])('bytes saved %s come back the same and pass the client’s own check', async (_, options) => {
    const bytes = randomBytes(700_000);
    const file = client()
      .bucket('training')
      .file(`${how}/${JSON.stringify(options)}.bin`);
    await file.save(bytes, { ...options, contentType: 'application/jsonl', validation: 'crc32c' });
    expect((await file.download())[0].equals(bytes)).toBe(true);
    const [metadata] = await file.getMetadata();
    expect(metadata).toMatchObject({ size: '700000', contentType: 'application/jsonl', bucket: 'training' });
  });

  test('a file on disk is uploaded with metadata, listed by prefix in pages, and deleted', async () => {
    const bucket = client().bucket(`listed-${how.toLowerCase().replaceAll('_', '-')}`);
    const path = join(emulator.stateDir, 'upload.jsonl');
    await writeFile(path, '{"a":1}\n');
    for (const name of ['x/1.jsonl', 'x/2.jsonl', 'y/3.jsonl']) {
      await bucket.upload(path, { destination: name, metadata: { metadata: { batch: 'b1' } } });
    }
    await emulator.knob('faults', { fault: 'pages-of-one', route: 'storage.list' });
    const [files] = await bucket.getFiles({ prefix: 'x/' });
    await fetch(`${emulator.url}/__emulator/faults`, { method: 'DELETE' });
    expect(files.map(({ name, metadata }) => [name, metadata.metadata])).toEqual([
      ['x/1.jsonl', { batch: 'b1' }],
      ['x/2.jsonl', { batch: 'b1' }],
    ]);
    await bucket.file('x/1.jsonl').delete();
    expect(await bucket.file('x/1.jsonl').exists()).toEqual([false]);
    expect(await bucket.exists()).toEqual([true]);
  });

  test('a second upload under ifGenerationMatch 0 is refused with 412 and changes nothing', async () => {
    const file = client().bucket('once').file(`${how}.jsonl`);
    const options = { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } };
    await file.save('first', options);
    await expect(file.save('second', options)).rejects.toMatchObject({ code: 412 });
    expect(String((await file.download())[0])).toBe('first');
  });
});

test('a resumable upload under ifGenerationMatch 0 is refused with 412 too', async () => {
  const file = byEndpoint().bucket('once').file('resumable.jsonl');
  const options = { resumable: true, preconditionOpts: { ifGenerationMatch: 0 } };
  await file.save('first', options);
  await expect(file.save('second', options)).rejects.toThrow('status code 412');
});

test('a simple media upload stores the body as it is', async () => {
  const path = `${emulator.url}/upload/storage/v1/b/simple/o?uploadType=media&name=${encodeURIComponent('a b/ü.txt')}`;
  const answer = await fetch(path, {
    method: 'POST',
    body: 'bytes',
    headers: { 'content-type': 'text/plain' },
  });
  expect(await answer.json()).toMatchObject({ name: 'a b/ü.txt', size: '5', contentType: 'text/plain' });
  expect(String((await byEndpoint().bucket('simple').file('a b/ü.txt').download())[0])).toBe('bytes');
});

test('a bucket that is set as missing answers 404 to every call', async () => {
  await emulator.knob('settings', { missingBuckets: ['nowhere'] });
  const bucket = byEndpoint().bucket('nowhere');
  await expect(bucket.file('x').save('x', { resumable: false })).rejects.toMatchObject({ code: 404 });
  await expect(bucket.file('x').download()).rejects.toMatchObject({ code: 404 });
  expect(await bucket.exists()).toEqual([false]);
});

test('an upload whose checksum comes back wrong is deleted by the client and fails', async () => {
  await emulator.knob('faults', { fault: 'wrong-crc32c', route: 'storage.upload', times: 1 });
  const file = byEndpoint().bucket('checked').file('x.jsonl');
  await expect(file.save('bytes', { resumable: false, validation: 'crc32c' })).rejects.toMatchObject({
    code: 'FILE_NO_UPLOAD',
  });
  expect(await file.exists()).toEqual([false]);
});

test('objects are there after a restart', async () => {
  const file = (url: string) => new Storage({ apiEndpoint: url, projectId: 'p' }).bucket('kept').file('x');
  const first = await startTestEmulator();
  await file(first.url).save('kept', { resumable: false });
  const second = await first.restart();
  expect(String((await file(second.url).download())[0])).toBe('kept');
  await second.remove();
});
