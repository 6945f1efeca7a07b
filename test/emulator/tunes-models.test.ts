import { type GoogleGenAI, JobState, type TuningJob, TuningMethod } from '@google/genai';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { dataRows, promptFor, startTestEmulator, type TestEmulator } from './support.ts';
import { example, upload } from './training-files.ts';

const baseModel = 'gemini-3.5-flash-lite';
const trainingDataset = { gcsUri: 'gs://training/train.jsonl' };
const dayMs = 24 * 3600 * 1000;
let emulator: TestEmulator;
let tuner: GoogleGenAI;

/** Durations are a day, and the emulator's clock is moved: no test waits. */
beforeAll(async () => {
  emulator = await startTestEmulator({ tuningDurationMs: dayMs });
  tuner = emulator.vertex('us-central1');
  await upload(
    emulator,
    'train.jsonl',
    dataRows()
      .slice(0, 40)
      .map((row) => example(row.code, row.question)),
  );
});
afterAll(() => emulator.remove());

const advance = (ms: number, which = emulator) => which.knob('clock', { advanceMs: ms });
const look = (job: TuningJob) => tuner.tunings.get({ name: job.name ?? '' });

async function tuned(config: object = {}): Promise<TuningJob> {
  const job = await tuner.tunings.tune({ baseModel, trainingDataset, config });
  await advance(dayMs);
  return look(job);
}

test('a job goes through its states to a tuned model, and every field sent comes back', async () => {
  const job = await tuner.tunings.tune({
    baseModel,
    trainingDataset,
    config: {
      tunedModelDisplayName: 'first',
      description: 'd',
      labels: { batch: 'b1' },
      epochCount: 2,
      learningRateMultiplier: 1.5,
    },
  });
  expect(job).toMatchObject({
    state: JobState.JOB_STATE_PENDING,
    baseModel,
    tunedModelDisplayName: 'first',
    description: 'd',
    labels: { batch: 'b1' },
    supervisedTuningSpec: {
      trainingDatasetUri: trainingDataset.gcsUri,
      hyperParameters: { epochCount: '2', learningRateMultiplier: 1.5 },
    },
  });
  expect(job.startTime).toBeUndefined();

  const seen = [];
  for (const share of [0.1, 0.4, 0.42]) {
    await advance(dayMs * share);
    const { state, tuningJobState, startTime, endTime } = await look(job);
    seen.push([state, tuningJobState]);
    expect(startTime).toBeDefined();
    expect(endTime).toBeUndefined();
  }
  expect(seen).toEqual([
    ['JOB_STATE_RUNNING', 'TUNING_JOB_STATE_PROCESSING_DATASET'],
    ['JOB_STATE_RUNNING', 'TUNING_JOB_STATE_TUNING'],
    ['JOB_STATE_RUNNING', 'TUNING_JOB_STATE_POST_PROCESSING'],
  ]);

  await advance(dayMs * 0.1);
  const done = await look(job);
  expect(done.state).toBe('JOB_STATE_SUCCEEDED');
  expect(done.tunedModel?.model).toMatch(/^projects\/p\/locations\/us-central1\/models\/\d+@1$/);
  expect(done.tunedModel?.checkpoints).toHaveLength(2);
  expect(done.tunedModel?.checkpoints?.at(-1)?.endpoint).toBe(done.tunedModel?.endpoint);
  expect(done.tuningDataStats?.supervisedTuningDataStats).toMatchObject({
    tuningDatasetExampleCount: '40',
    totalTruncatedExampleCount: '0',
  });
});

test('the tuned endpoint answers once the job has succeeded, with the quality set beforehand', async () => {
  await emulator.knob('tuned', { displayName: 'weak', behaviour: { quality: 0, modelVersion: 'tuned' } });
  const job = await tuner.tunings.tune({
    baseModel,
    trainingDataset,
    config: { tunedModelDisplayName: 'weak' },
  });
  const other = await tuned({ tunedModelDisplayName: 'strong' });
  await advance(dayMs);
  const contents = promptFor('Explain.', dataRows()[0]!);
  const ask = async (model: string) => emulator.vertex('us').models.generateContent({ model, contents });
  const weak = await ask((await look(job)).tunedModel?.endpoint ?? '');
  expect(weak.text).toContain('Weak answer');
  expect(weak.modelVersion).toBe('tuned');
  const strong = await ask((await look(other)).tunedModel?.endpoint ?? '');
  expect(strong.text).toContain('Reference answer');
});

test('an endpoint that no finished job made is not found', async () => {
  const asked = emulator.vertex('us').models.generateContent({
    model: 'projects/p/locations/us-central1/endpoints/777',
    contents: 'hi',
  });
  await expect(asked).rejects.toMatchObject({
    status: 404,
    message: expect.stringContaining('Endpoint `projects/p/locations/us-central1/endpoints/777` not found.'),
  });
});

test('a second job of a project waits for quota until the first is done', async () => {
  const first = await tuner.tunings.tune({ baseModel, trainingDataset });
  const second = await tuner.tunings.tune({ baseModel, trainingDataset });
  await advance(dayMs * 0.5);
  expect(await look(first)).toMatchObject({ tuningJobState: 'TUNING_JOB_STATE_TUNING' });
  expect(await look(second)).toMatchObject({ tuningJobState: 'TUNING_JOB_STATE_WAITING_FOR_QUOTA' });
  await advance(dayMs * 0.6);
  expect(await look(first)).toMatchObject({ state: 'JOB_STATE_SUCCEEDED' });
  expect((await look(second)).state).toBe('JOB_STATE_RUNNING');
  await advance(dayMs);
  expect((await look(second)).state).toBe('JOB_STATE_SUCCEEDED');
});

test('tuning goes on from a tuned model as version 2, under a new name as a new model', async () => {
  const first = await tuned({ tunedModelDisplayName: 'line' });
  const name = first.tunedModel?.model ?? '';
  const next = await tuner.tunings.tune({ baseModel: name, trainingDataset });
  const renamed = await tuner.tunings.tune({
    baseModel: name,
    trainingDataset,
    config: { tunedModelDisplayName: 'another' },
  });
  await advance(2 * dayMs);
  const second = await look(next);
  expect(second.preTunedModel?.tunedModelName).toBe(name);
  expect(second.tunedModel?.model).toBe(name.replace('@1', '@2'));
  expect(second.tunedModel?.endpoint).not.toBe(first.tunedModel?.endpoint);
  const fresh = (await look(renamed)).tunedModel?.model ?? '';
  expect(fresh).toMatch(/@1$/);
  expect(fresh).not.toBe(name);
});

test('jobs are found by label and by pages of one, newest first', async () => {
  const names = [];
  for (const batch of ['paged', 'paged', 'other']) {
    names.push(
      (await tuner.tunings.tune({ baseModel, trainingDataset, config: { labels: { batch } } })).name,
    );
  }
  const found = [];
  const pager = await tuner.tunings.list({ config: { pageSize: 1, filter: 'labels.batch=paged' } });
  for await (const job of pager) found.push(job?.name);
  expect(found).toEqual([names[1], names[0]]);
  expect((await tuner.tunings.list({ config: { filter: 'labels.batch=none' } })).page).toEqual([]);
  await advance(3 * dayMs);
});

test('a cancelled job ends as CANCELLED with code 1, and a finished one refuses', async () => {
  const job = await tuner.tunings.tune({ baseModel, trainingDataset });
  await tuner.tunings.cancel({ name: job.name ?? '' });
  expect((await look(job)).state).toBe('JOB_STATE_CANCELLING');
  await advance(60_000);
  expect(await look(job)).toMatchObject({ state: 'JOB_STATE_CANCELLED', error: { code: 1 } });
  await expect(tuner.tunings.cancel({ name: job.name ?? '' })).rejects.toMatchObject({ status: 400 });
});

test('a restart in the middle of the wait changes nothing', async () => {
  const first = await startTestEmulator({ tuningDurationMs: dayMs });
  await upload(first, 'train.jsonl', [example('a', 'b')]);
  const job = await first.vertex('us-central1').tunings.tune({ baseModel, trainingDataset });
  await advance(dayMs / 2, first);
  const before = await first.vertex('us-central1').tunings.get({ name: job.name ?? '' });
  const second = await first.restart();
  const after = await second.vertex('us-central1').tunings.get({ name: job.name ?? '' });
  const { sdkHttpResponse: _, ...expected } = before;
  expect(after).toMatchObject(expected);
  await advance(dayMs / 2, second);
  expect((await second.vertex('us-central1').tunings.get({ name: job.name ?? '' })).state).toBe(
    'JOB_STATE_SUCCEEDED',
  );
  await second.remove();
});

test('names can hold the project’s number, and both forms are understood', async () => {
  await emulator.knob('settings', { projectInNames: 'number', endpointLocation: 'serving' });
  const job = await tuned();
  await emulator.knob('settings', { projectInNames: 'id', endpointLocation: 'tuning' });
  expect(job.name).toMatch(/^projects\/\d{12}\/locations\/us-central1\/tuningJobs\/\d+$/);
  expect(job.tunedModel?.endpoint).toMatch(/^projects\/\d{12}\/locations\/us\/endpoints\/\d+$/);
  const answer = await emulator
    .vertex('us')
    .models.generateContent({ model: job.tunedModel?.endpoint ?? '', contents: 'hi' });
  expect(answer.text).toContain('emulator');
});

test('tuned models are shown, renamed, listed and deleted, and a deleted one answers no more', async () => {
  const job = await tuned({ tunedModelDisplayName: 'shown' });
  const model = job.tunedModel?.model ?? '';
  expect(await tuner.models.get({ model })).toMatchObject({
    displayName: 'shown',
    version: '1',
    tunedModelInfo: { baseModel },
    endpoints: [{ name: job.tunedModel?.endpoint }],
  });
  const listed = await tuner.models.list({ config: { queryBase: false } });
  expect(listed.page.map(({ displayName }) => displayName)).toContain('shown');
  const id = model.replace(/@\d+$/, '');
  expect(await tuner.models.update({ model: id, config: { displayName: 'renamed' } })).toMatchObject({
    displayName: 'renamed',
  });
  await tuner.models.delete({ model: id });
  await expect(tuner.models.get({ model })).rejects.toMatchObject({ status: 404 });
  await expect(
    emulator.vertex('us').models.generateContent({ model: job.tunedModel?.endpoint ?? '', contents: 'hi' }),
  ).rejects.toMatchObject({ status: 404 });
});

test('preference tuning takes scored pairs', async () => {
  const pair = {
    contents: [{ role: 'user', parts: [{ text: 'q' }] }],
    completions: [
      { score: 1, completion: { role: 'model', parts: [{ text: 'liked' }] } },
      { score: 0, completion: { role: 'model', parts: [{ text: 'disliked' }] } },
    ],
  };
  await upload(emulator, 'pairs.jsonl', [JSON.stringify(pair)]);
  const job = await tuner.tunings.tune({
    baseModel,
    trainingDataset: { gcsUri: 'gs://training/pairs.jsonl' },
    config: { method: TuningMethod.PREFERENCE_TUNING, beta: 0.1, epochCount: 1 },
  });
  await advance(dayMs);
  expect(await look(job)).toMatchObject({
    state: 'JOB_STATE_SUCCEEDED',
    preferenceOptimizationSpec: { hyperParameters: { beta: 0.1, epochCount: '1' } },
    tuningDataStats: { preferenceOptimizationDataStats: { tuningDatasetExampleCount: '1' } },
  });
});

test('an example over the token limit is dropped and counted, the job goes on', async () => {
  await upload(emulator, 'long.jsonl', [example('a', 'b'), example('x'.repeat(600_000), 'b')]);
  const job = await tuner.tunings.tune({
    baseModel,
    trainingDataset: { gcsUri: 'gs://training/long.jsonl' },
  });
  await advance(dayMs);
  expect((await look(job)).tuningDataStats?.supervisedTuningDataStats).toMatchObject({
    tuningDatasetExampleCount: '2',
    totalTruncatedExampleCount: '1',
    truncatedExampleIndices: ['2'],
  });
});
