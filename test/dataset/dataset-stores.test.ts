import { createHash, randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createCloudStorage } from '../../src/dataset/cloud-storage.ts';
import type { DatasetFile, DatasetStore } from '../../src/dataset/dataset-store.ts';
import { createGeminiFiles } from '../../src/dataset/gemini-files.ts';
import { createLocalFolder } from '../../src/dataset/local-folder.ts';
import { startTestEmulator, type TestEmulator } from '../emulator/support.ts';
import { temporaryFolder } from './support.ts';

const BUCKET = 'training-sets';
/** Two parts of a resumable upload. */
const LARGE_BYTES = 9 * 1024 * 1024;

let emulator: TestEmulator;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  emulator = await startTestEmulator();
  folder = await temporaryFolder();
});

afterAll(async () => {
  await emulator.remove();
  await folder.remove();
});

const signal = new AbortController().signal;

async function fileWith(content: string): Promise<DatasetFile> {
  const sha256 = createHash('sha256').update(content).digest('hex');
  const path = join(folder.path, randomUUID());
  await writeFile(path, content);
  return {
    name: `training-sets/${randomUUID()}/training-${sha256}.jsonl`,
    path,
    bytes: Buffer.byteLength(content),
    sha256,
    contentType: 'application/jsonl',
  };
}

interface Kind {
  name: string;
  make: () => DatasetStore;
  /** SHA-256 of what is stored at an address, in hex. */
  hashAt: (uri: string) => Promise<string>;
  /** Another content under the same name, put there by somebody else. */
  occupy?: (file: DatasetFile) => Promise<void>;
}

const kinds: Kind[] = [
  {
    name: 'the local folder',
    make: () => createLocalFolder({ path: join(folder.path, 'datasets') }),
    hashAt: async (uri) =>
      createHash('sha256')
        .update(await readFile(fileURLToPath(uri)))
        .digest('hex'),
  },
  {
    name: 'Gemini Files',
    make: () =>
      createGeminiFiles({ connection: { wire: 'developer', apiKey: 'local', baseUrl: emulator.url } }),
    hashAt: async (uri) => {
      const { sha256Hash = '' } = await emulator.developer().files.get({ name: uri.split('/').at(-1) ?? '' });
      return Buffer.from(sha256Hash, 'base64').toString('hex');
    },
  },
  {
    name: 'Cloud Storage',
    make: () => createCloudStorage({ bucket: BUCKET, projectId: 'p', url: emulator.url }),
    hashAt: async (uri) => {
      const name = encodeURIComponent(uri.replace(`gs://${BUCKET}/`, ''));
      const answer = await fetch(`${emulator.url}/storage/v1/b/${BUCKET}/o/${name}?alt=media`);
      return createHash('sha256')
        .update(Buffer.from(await answer.arrayBuffer()))
        .digest('hex');
    },
    occupy: async ({ name }) => {
      const path = `/upload/storage/v1/b/${BUCKET}/o?uploadType=media&name=${encodeURIComponent(name)}`;
      await fetch(`${emulator.url}${path}`, { method: 'POST', body: 'something else' });
    },
  },
];

describe.each(kinds)('$name', ({ make, hashAt, occupy }) => {
  it('stores a file byte for byte, characters of all kinds included', async () => {
    const file = await fileWith('{"contents":"é 🙂 \\u2028"}\n');
    const { uri } = await make().put(file, signal);
    expect(await hashAt(uri)).toBe(file.sha256);
  });

  it('stores a file that goes in several parts', async () => {
    const file = await fileWith('0123456789abcdef'.repeat(LARGE_BYTES / 16));
    const { uri } = await make().put(file, signal);
    expect(await hashAt(uri)).toBe(file.sha256);
  });

  it('gives the same address for the same file again, and keeps it whole', async () => {
    const file = await fileWith('{"a":1}\n');
    const store = make();
    const [first, second] = [await store.put(file, signal), await store.put(file, signal)];
    expect(second).toEqual(first);
    expect(await hashAt(first.uri)).toBe(file.sha256);
  });

  it('gives two callers at once the same address', async () => {
    const file = await fileWith('{"b":2}\n');
    const [first, second] = await Promise.all([make().put(file, signal), make().put(file, signal)]);
    expect(second).toEqual(first);
    expect(await hashAt(first.uri)).toBe(file.sha256);
  });

  it('gives another training set another address, even for the same content', async () => {
    const [one, other] = [await fileWith('{"c":3}\n'), await fileWith('{"c":3}\n')];
    const store = make();
    expect((await store.put(one, signal)).uri).not.toBe((await store.put(other, signal)).uri);
  });

  it('ends at once when it is no longer wanted', async () => {
    const file = await fileWith('{"d":4}\n');
    await expect(make().put(file, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  });

  if (occupy) {
    it('refuses a name under which something else lies', async () => {
      const file = await fileWith('{"e":5}\n');
      await occupy(file);
      await expect(make().put(file, signal)).rejects.toMatchObject({ type: 'DatasetStoreRefused' });
    });
  }
});

describe('a store with faults', () => {
  const cloudStorage = () => createCloudStorage({ bucket: BUCKET, projectId: 'p', url: emulator.url });
  const geminiFiles = () =>
    createGeminiFiles({ connection: { wire: 'developer', apiKey: 'local', baseUrl: emulator.url } });

  it('that refuses is told once, with the variable to look at', async () => {
    const file = await fileWith('{"f":6}\n');
    await emulator.knob('faults', { fault: '403', route: 'storage.upload', times: 1 });
    await expect(cloudStorage().put(file, signal)).rejects.toThrow(/GCS_BUCKET/);
    await emulator.knob('faults', { fault: '403', route: 'files.start', times: 1 });
    await expect(geminiFiles().put(file, signal)).rejects.toThrow(/GEMINI_API_KEY/);
  });

  it('that is away for a moment gets the file when it is put again', async () => {
    const file = await fileWith('{"g":7}\n');
    await emulator.knob('faults', { fault: '503', route: 'files.start', times: 1 });
    await expect(geminiFiles().put(file, signal)).rejects.not.toMatchObject({ type: 'DatasetStoreRefused' });
    expect((await geminiFiles().put(file, signal)).uri).toContain('/files/');
  });

  it('whose answer was lost holds the file once', async () => {
    const file = await fileWith('{"h":8}\n');
    await emulator.knob('faults', { fault: 'lost-answer', route: 'storage.upload', times: 1 });
    await cloudStorage()
      .put(file, signal)
      .catch(() => undefined);
    expect(await cloudStorage().put(file, signal)).toEqual({ uri: `gs://${BUCKET}/${file.name}` });
  });
});
