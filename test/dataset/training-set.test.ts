import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DatasetStore } from '../../src/dataset/dataset-store.ts';
import { TrainingSetEntity } from '../../src/dataset/entity.ts';
import { createLocalFolder } from '../../src/dataset/local-folder.ts';
import type { UploadDatasetInput, UploadDatasetResult } from '../../src/dataset/messages.ts';
import { problemOfLine } from '../../src/dataset/preflight.ts';
import type { Progress } from '../../src/dataset/progress.ts';
import { openScratch } from '../../src/dataset/scratch-store.ts';
import { createTrainingSets } from '../../src/dataset/training-set.ts';
import { createTrainingSetStore } from '../../src/dataset/training-set-store.ts';
import { type OpenDatabase, openDatabase, silent } from '../platform/postgres/open-database.ts';
import { exporterUnderTest, marks, never, storeThumbs, type Thumb, temporaryFolder } from './support.ts';

let database: OpenDatabase;
let exports: Awaited<ReturnType<typeof temporaryFolder>>;
let datasets: Awaited<ReturnType<typeof temporaryFolder>>;

beforeEach(async () => {
  database = await openDatabase();
  exports = await temporaryFolder();
  datasets = await temporaryFolder();
});

afterEach(async () => {
  await database.close();
  await exports.remove();
  await datasets.remove();
});

const exportAll = () => exporterUnderTest(database.db, exports.path).run();

function trainingSets(store: DatasetStore = createLocalFolder({ path: datasets.path })) {
  return createTrainingSets({
    sets: createTrainingSetStore({ db: database.db }),
    datasets: store,
    openScratch,
    log: silent,
  });
}

function upload(
  input: Partial<UploadDatasetInput> = {},
  progress: Progress = never,
  store?: DatasetStore,
): Promise<UploadDatasetResult> {
  const request = { trainingSetId: randomUUID(), baseModel: 'gemini-3.5-flash-lite', minSamples: 1 };
  return trainingSets(store).uploadDataset({ ...request, workflowId: null, runId: null, ...input }, progress);
}

async function uploaded(input: Partial<UploadDatasetInput> = {}, progress: Progress = never) {
  const result = await upload(input, progress);
  if (result.outcome !== 'uploaded') throw new Error(`Not uploaded: ${result.outcome}`);
  return result;
}

async function linesOf(uri: string | undefined): Promise<string[]> {
  if (uri === undefined) return [];
  return (await readFile(fileURLToPath(uri), 'utf8')).trimEnd().split('\n');
}

const promptOf = (line: string): string => JSON.parse(line).contents[0].parts[0].text;

const many = (count: number, thumb: Partial<Thumb> = {}): Partial<Thumb>[] =>
  Array.from({ length: count }, (_, at) => ({ prompt: `Explain loop ${at}`, ...thumb }));

describe('a training set', () => {
  it('holds the liked answers of all exports so far, a tenth of the prompts held out', async () => {
    await storeThumbs(database.db, many(300));
    await exportAll();
    await storeThumbs(database.db, [
      ...many(100).map(({ prompt }) => ({ prompt: `${prompt} again` })),
      { prompt: 'Bad', isPositive: false },
    ]);
    await exportAll();
    const result = await uploaded();
    const [training, validation] = await Promise.all([
      linesOf(result.trainingUri),
      linesOf(result.validationUri),
    ]);
    expect(training.length + validation.length).toBe(400);
    expect(result).toMatchObject({
      trainingExamples: training.length,
      validationExamples: validation.length,
    });
    expect(validation.length).toBeGreaterThan(15);
    expect(validation.length).toBeLessThan(80);
    const held = new Set(validation.map(promptOf));
    expect(training.some((line) => held.has(promptOf(line)))).toBe(false);
    expect([...training, ...validation].map(problemOfLine).filter(Boolean)).toEqual([]);
  });

  it('has a manifest with counts and hashes, written last, without any text', async () => {
    await storeThumbs(database.db, [
      ...many(30),
      ...many(3),
      { prompt: 'key AKIAX5GJW6QPR5IQ5RYJ' },
      { prompt: 'mail jane.roe@acme-corp.io' },
      { prompt: ' ', response: 'x' },
      { prompt: 'long', response: 'x'.repeat(400_000) },
      { prompt: 'cut', trainable: false },
    ]);
    await exportAll();
    const result = await uploaded();
    const manifest = JSON.parse(await readFile(fileURLToPath(result.manifestUri), 'utf8'));
    const bytes = await readFile(fileURLToPath(result.trainingUri));
    expect(manifest).toMatchObject({
      trainingSetId: result.trainingSetId,
      baseModel: 'gemini-3.5-flash-lite',
      rows: 37,
      examples: 31,
      redacted: 1,
      rejected: { secret: 1, duplicate: 3, empty: 1, too_long: 1 },
      training: {
        lines: result.trainingExamples,
        bytes: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        uri: result.trainingUri,
      },
    });
    expect(JSON.stringify(manifest)).not.toContain('Explain');
    expect(result.trainingUri).toContain(result.trainingSha256);
    const text = [...(await linesOf(result.trainingUri)), ...(await linesOf(result.validationUri))].join();
    expect(text).toContain('mail [email]');
    expect(text).not.toContain('AKIA');
  });

  it('is the same when it is asked for again with the same id', async () => {
    await storeThumbs(database.db, many(20));
    await exportAll();
    const trainingSetId = randomUUID();
    const first = await uploaded({ trainingSetId });
    await storeThumbs(database.db, many(5, { prompt: 'Later' }));
    await exportAll();
    expect(await uploaded({ trainingSetId })).toEqual(first);
  });

  it('that was broken off is built anew with the same content and the same addresses', async () => {
    await storeThumbs(database.db, many(500));
    await exportAll();
    const trainingSetId = randomUUID();
    for (const breakAt of [1, 3, 5]) {
      const cancel = new AbortController();
      let beats = 0;
      const progress = {
        signal: cancel.signal,
        heartbeat: () => void (++beats >= breakAt && cancel.abort()),
      };
      await expect(upload({ trainingSetId }, progress)).rejects.toMatchObject({ name: 'AbortError' });
    }
    const result = await uploaded({ trainingSetId });
    expect(result.trainingExamples + result.validationExamples).toBe(500);
    expect(await uploaded({ trainingSetId })).toEqual(result);
    expect(
      (await readdir(datasets.path, { recursive: true })).filter((name) => name.endsWith('.part')),
    ).toEqual([]);
  });

  it('counts over several nights until there are enough', async () => {
    const outcomes: string[] = [];
    for (const night of [0, 1, 2]) {
      await storeThumbs(
        database.db,
        many(40).map(({ prompt }) => ({ prompt: `${prompt} of night ${night}` })),
      );
      await exportAll();
      const { outcome } = await upload({ minSamples: 100 });
      outcomes.push(outcome);
    }
    expect(outcomes).toEqual(['not_enough_samples', 'not_enough_samples', 'uploaded']);
  });

  it('says how many examples there were when they are too few, the same when asked again', async () => {
    await storeThumbs(database.db, [...many(5), ...many(2)]);
    await exportAll();
    const trainingSetId = randomUUID();
    const tooFew = { outcome: 'not_enough_samples', examples: 5, minSamples: 6 };
    expect(await upload({ trainingSetId, minSamples: 6 })).toEqual(tooFew);
    expect((await marks(database.db)).every(({ training_set_id }) => training_set_id === null)).toBe(true);
    expect(await upload({ trainingSetId, minSamples: 6 })).toEqual(tooFew);
  });

  it('is nothing new when all was trained on, or nothing was exported', async () => {
    await storeThumbs(database.db, many(3));
    expect(await upload()).toEqual({ outcome: 'nothing_new' });
    await exportAll();
    await uploaded();
    expect(await upload()).toEqual({ outcome: 'nothing_new' });
    expect(await trainingSets().countUntrained()).toBe(0);
  });

  it('that came to nothing gives its examples back', async () => {
    await storeThumbs(database.db, many(3));
    await exportAll();
    const { trainingSetId } = await uploaded();
    await trainingSets().releaseTrainingSet({ trainingSetId, reason: 'the job failed' });
    expect(await trainingSets().countUntrained()).toBe(3);
    await expect(upload({ trainingSetId })).rejects.toMatchObject({ type: 'TrainingSetReleased' });
    expect(await uploaded()).toMatchObject({ trainingExamples: 3 });
  });

  it('that was given up while it was uploaded stays given up', async () => {
    await storeThumbs(database.db, many(3));
    await exportAll();
    const trainingSetId = randomUUID();
    const datasets: DatasetStore = {
      kind: 'local-folder',
      put: async ({ name }) => {
        await trainingSets().releaseTrainingSet({ trainingSetId, reason: 'cancelled' });
        return { uri: `file:///${name}` };
      },
    };
    await expect(upload({ trainingSetId }, never, datasets)).rejects.toMatchObject({
      type: 'TrainingSetReleased',
    });
    expect(await trainingSets().countUntrained()).toBe(3);
  });

  it('that was given up before its claim takes nothing any more', async () => {
    await storeThumbs(database.db, many(3));
    await exportAll();
    const trainingSetId = randomUUID();
    await trainingSets().releaseTrainingSet({ trainingSetId, reason: 'cancelled' });
    await expect(upload({ trainingSetId })).rejects.toMatchObject({ type: 'TrainingSetReleased' });
    expect(await trainingSets().countUntrained()).toBe(3);
  });

  it('that a model was trained on keeps its examples', async () => {
    await storeThumbs(database.db, many(3));
    await exportAll();
    const { trainingSetId } = await uploaded();
    await database.db.getRepository(TrainingSetEntity).update(trainingSetId, { state: 'trained' });
    await trainingSets().releaseTrainingSet({ trainingSetId, reason: 'by mistake' });
    expect(await trainingSets().countUntrained()).toBe(0);
  });

  it('leaves out a thumb that is taken back while it is built', async () => {
    await storeThumbs(database.db, many(300));
    await exportAll();
    let beats = 0;
    const result = await uploaded(
      {},
      {
        signal: never.signal,
        heartbeat: (detail) => {
          if (detail === undefined || ++beats !== 4) return;
          void database.db.query('UPDATE ai_feedback SET deleted_at = now() WHERE id = 7');
        },
      },
    );
    expect(result.trainingExamples + result.validationExamples).toBe(299);
  });

  it('never shares a row with another that is built at the same time', async () => {
    await storeThumbs(database.db, many(200));
    await exportAll();
    const results = await Promise.all([upload(), upload()]);
    const examples = results.map((result) =>
      result.outcome === 'uploaded' ? result.trainingExamples + result.validationExamples : 0,
    );
    expect(examples.reduce((sum, count) => sum + count, 0)).toBe(200);
  });

  it('needs no file that another worker wrote', async () => {
    await storeThumbs(database.db, many(10));
    await exportAll();
    await exports.remove();
    expect(await uploaded()).toMatchObject({ trainingExamples: expect.any(Number) });
  });
});
