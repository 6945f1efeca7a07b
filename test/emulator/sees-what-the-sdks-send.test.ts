import { readFile, writeFile } from 'node:fs/promises';
import { ThinkingLevel } from '@google/genai';
import { Storage } from '@google-cloud/storage';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestEmulator, type TestEmulator } from './support.ts';

/**
 * What the SDKs put on the wire, call by call. A new SDK version that changes it fails here first;
 * after a look at the difference, UPDATE_GOLDEN=1 writes the file anew.
 */
const golden = new URL('./golden/sdk-requests.json', import.meta.url);
const model = 'gemini-3.5-flash-lite';
const dayMs = 24 * 3600 * 1000;
let emulator: TestEmulator;
beforeAll(async () => {
  emulator = await startTestEmulator({ tuningDurationMs: dayMs });
});
afterAll(() => emulator.remove());

test('every call of the product’s goes out as the golden file has it', async () => {
  await callDeveloper();
  await callStorage();
  await callVertex();
  const seen = await recorded();
  if (process.env.UPDATE_GOLDEN === '1') await writeFile(golden, `${JSON.stringify(seen, null, 2)}\n`);
  expect(seen).toEqual(JSON.parse(await readFile(golden, 'utf8')));
});

async function callDeveloper() {
  const { models, files } = emulator.developer();
  await models.generateContent({ model, contents: 'hi', config: { maxOutputTokens: 64 } });
  for await (const _ of await models.generateContentStream({ model, contents: 'hi' }));
  await models.countTokens({ model, contents: 'hi' });
  await models.get({ model });
  await models.list();
  await files.upload({
    file: new Blob(['{"a":1}\n']),
    config: { name: 'abc-123', displayName: 'exp', mimeType: 'application/jsonl' },
  });
  await files.get({ name: 'files/abc-123' });
  await files.list({ config: { pageSize: 1 } });
  await files.delete({ name: 'files/abc-123' });
}

async function callStorage() {
  const bucket = new Storage({ apiEndpoint: emulator.url, projectId: 'p' }).bucket('b');
  const example = { contents: ['user', 'model'].map((role) => ({ role, parts: [{ text: 'x' }] })) };
  const file = bucket.file('t.jsonl');
  await file.save(`${JSON.stringify(example)}\n`, {
    resumable: false,
    preconditionOpts: { ifGenerationMatch: 0 },
  });
  await bucket.file('r.jsonl').save('x', { resumable: true });
  await file.getMetadata();
  await file.download();
  await bucket.getFiles({ prefix: 't' });
  await bucket.exists();
  await bucket.file('r.jsonl').delete();
}

async function callVertex() {
  const { models, tunings } = emulator.vertex('us-central1');
  const serving = emulator.vertex('us').models;
  await serving.generateContent({
    model,
    contents: 'hi',
    config: {
      automaticContinuation: false,
      systemInstruction: 'Be brief.',
      labels: { a: 'b' },
      maxOutputTokens: 64,
      thinkingConfig: { thinkingLevel: ThinkingLevel.MINIMAL },
    },
  });
  for await (const _ of await serving.generateContentStream({ model, contents: 'hi' }));
  await serving.countTokens({ model, contents: 'hi' });
  await serving.get({ model });
  await serving.list();
  const trainingDataset = { gcsUri: 'gs://b/t.jsonl' };
  const { name = '' } = await tunings.tune({
    baseModel: model,
    trainingDataset,
    config: {
      tunedModelDisplayName: 'tw',
      labels: { batch: 'b1' },
      epochCount: 3,
      learningRateMultiplier: 1.5,
    },
  });
  await tunings.list({ config: { pageSize: 1, filter: 'labels.batch=b1' } });
  await emulator.knob('clock', { advanceMs: dayMs });
  const { tunedModel } = await tunings.get({ name });
  await serving.generateContent({ model: tunedModel?.endpoint ?? '', contents: 'hi' });
  await models.get({ model: tunedModel?.model ?? '' });
  await models.list({ config: { queryBase: false } });
  const next = await tunings.tune({ baseModel: tunedModel?.model ?? '', trainingDataset });
  await tunings.cancel({ name: next.name ?? '' });
}

/** The requests without what differs from run to run: ids, versions, boundaries, dates. */
async function recorded(): Promise<object[]> {
  const answer = await fetch(`${emulator.url}/__emulator/requests?limit=1000`);
  const { requests } = JSON.parse(await answer.text());
  return requests.map(({ kind, method, path, query, headers, body }: Record<string, object>) =>
    JSON.parse(
      JSON.stringify({ kind, method, path, query, headers: telling(headers), body })
        .replace(/\d{15,}/g, '<id>')
        .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<uuid>')
        .replace(/[\w-]*boundary=[^"]+/g, 'boundary=<boundary>'),
    ),
  );
}

const kept =
  /^(?:content-type|content-range|x-goog-upload-.*|x-goog-api-key|x-server-timeout|authorization)$/;

function telling(headers: object | undefined): object {
  return Object.fromEntries(
    Object.entries(headers ?? {})
      .filter(([name]) => kept.test(name))
      .sort(),
  );
}
