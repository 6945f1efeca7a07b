import { randomUUID } from 'node:crypto';
import { Storage } from '@google-cloud/storage';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { baseModelTable } from '../../src/gemini/base-models.ts';
import type { GeminiConnection } from '../../src/gemini/connection.ts';
import { createGeminiTuner, type GeminiTunerOptions } from '../../src/tuning/gemini-tuner.ts';
import { createUnavailableTuner, DEVELOPER_API_REASON } from '../../src/tuning/unavailable-tuner.ts';
import { startTestEmulator, type TestEmulator } from '../emulator/support.ts';

const BASE = 'gemini-3.5-flash-lite';
const HOUR = 3_600_000;
let emulator: TestEmulator;

beforeAll(async () => {
  emulator = await startTestEmulator({ tuningDurationMs: HOUR });
  const line = JSON.stringify({
    contents: [
      { role: 'user', parts: [{ text: 'Explain range(3)' }] },
      { role: 'model', parts: [{ text: 'It yields 0, 1 and 2.' }] },
    ],
  });
  const bucket = new Storage({ apiEndpoint: emulator.url, projectId: 'p' }).bucket('training');
  await bucket.file('train.jsonl').save(`${line}\n`, { resumable: false });
});

afterAll(() => emulator.remove());

beforeEach(async () => {
  await emulator.knob('settings', { concurrentJobs: 50, maxPageSize: 100 });
  await fetch(`${emulator.url}/__emulator/faults`, { method: 'DELETE' });
});

function vertexAt(baseUrl: string, projectId: string): GeminiConnection {
  return { wire: 'vertex', projectId, servingLocation: 'us', apiKey: 'local', baseUrl };
}

function tunerOf(options: Partial<GeminiTunerOptions> = {}) {
  return createGeminiTuner({
    connection: vertexAt(emulator.url, 'p'),
    location: 'us-central1',
    bucket: 'training',
    epochCount: 3,
    baseModels: baseModelTable({}),
    log: pino({ level: 'silent' }),
    ...options,
  });
}

const request = (trainingSetId = randomUUID()) => ({
  trainingSetId,
  baseModel: BASE,
  trainingUri: 'gs://training/train.jsonl',
  validationUri: undefined,
});

async function jobsCreated(trainingSetId: string): Promise<number> {
  const answer = await fetch(`${emulator.url}/__emulator/state`);
  const { jobs }: { jobs: object[] } = JSON.parse(await answer.text());
  return jobs.filter((job) => JSON.stringify(job).includes(trainingSetId)).length;
}

describe('a tuning job over the real SDK', () => {
  test('goes from its creation to a model with an endpoint', async () => {
    const tuner = tunerOf();
    const { job, status } = await tuner.createTuningJob(request());
    expect(job).toMatch(/^projects\/[^/]+\/locations\/us-central1\/tuningJobs\/\d+$/);
    expect(status).toMatchObject({ state: 'running' });
    await emulator.knob('clock', { advanceMs: HOUR });
    expect(await tuner.getTuningJobStatus(job)).toEqual({
      state: 'succeeded',
      tunedModel: expect.stringMatching(/\/models\/.+@1$/),
      endpoint: expect.stringMatching(/\/endpoints\/\d+$/),
    });
  });

  test('sends epochs and the learning rate multiplier, and nothing that is for open models only', async () => {
    await tunerOf({ epochCount: 4, learningRateMultiplier: 1.5 }).createTuningJob(request());
    const requests = await emulator.requests('tuning.create');
    const sent = JSON.stringify(requests.at(-1));
    expect(sent).toContain('"epochCount":4');
    expect(sent).toContain('"learningRateMultiplier":1.5');
    expect(sent).not.toMatch(/"(learningRate|batchSize)"/);
  });

  test('is found again by its training set through pages of one', async () => {
    const tuner = tunerOf();
    const wanted = request();
    const { job } = await tuner.createTuningJob(wanted);
    await tuner.createTuningJob(request());
    await emulator.knob('settings', { maxPageSize: 1 });
    expect(await tuner.findTuningJob(wanted.trainingSetId)).toMatchObject({ job });
    expect(await tuner.findTuningJob(randomUUID())).toBeUndefined();
  });

  test('whose answer was lost is found instead of paid for twice', async () => {
    await emulator.knob('faults', { fault: 'lost-answer', route: 'tuning.create', times: 1 });
    const wanted = request();
    const { job } = await tunerOf().createTuningJob(wanted);
    expect(job).toContain('tuningJobs/');
    expect(await jobsCreated(wanted.trainingSetId)).toBe(1);
  });

  test('that was never accepted is an unclear failure, and is not made behind the caller’s back', async () => {
    await emulator.knob('faults', { fault: '503', route: 'tuning.create', times: 1 });
    const wanted = request();
    await expect(tunerOf().createTuningJob(wanted)).rejects.toMatchObject({ kind: 'unclear' });
    expect(await jobsCreated(wanted.trainingSetId)).toBe(0);
  });

  test('tells that it waits for its quota while another one runs', async () => {
    await emulator.knob('settings', { concurrentJobs: 1 });
    const project = `p${Date.now()}`;
    const tuner = tunerOf({ connection: vertexAt(emulator.url, project) });
    await tuner.createTuningJob(request());
    const { job } = await tuner.createTuningJob(request());
    await emulator.knob('clock', { advanceMs: HOUR / 2 });
    expect(await tuner.getTuningJobStatus(job)).toMatchObject({ state: 'waiting_for_quota' });
  });

  test('can be cancelled, and cancelling one that has ended is no error', async () => {
    const tuner = tunerOf();
    const { job } = await tuner.createTuningJob(request());
    await tuner.cancelTuningJob(job);
    await emulator.knob('clock', { advanceMs: 1000 });
    expect(await tuner.getTuningJobStatus(job)).toMatchObject({ state: 'cancelled' });
    await tuner.cancelTuningJob(job);
  });

  test('with a file that is not there is refused with Google’s words', async () => {
    const lost = { ...request(), trainingUri: 'gs://training/lost.jsonl' };
    await expect(tunerOf().createTuningJob(lost)).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('Google answered 400'),
    });
  });

  test('that Google does not know is refused', async () => {
    const gone = 'projects/p/locations/us-central1/tuningJobs/1';
    await expect(tunerOf().getTuningJobStatus(gone)).rejects.toMatchObject({ kind: 'refused' });
  });

  test('on a server that is not there is an unclear failure', async () => {
    const tuner = tunerOf({ connection: vertexAt('http://127.0.0.1:9', 'p') });
    await expect(tuner.findTuningJob(randomUUID())).rejects.toMatchObject({ kind: 'unclear' });
  });
});

describe('whether anything can be tuned', () => {
  test('is true with a base that is tunable and a bucket', () => {
    expect(tunerOf().whyUnavailable(BASE)).toBeUndefined();
  });

  test('names the bucket that is missing', () => {
    expect(tunerOf({ bucket: undefined }).whyUnavailable(BASE)).toEqual({
      reason: expect.stringContaining('GCS_BUCKET'),
      found: 'before_upload',
    });
  });

  test('names the day on which a base ended', () => {
    const baseModels = baseModelTable({ [BASE]: '2020-01-01' });
    expect(tunerOf({ baseModels }).whyUnavailable(BASE)?.reason).toContain('2020-01-01');
  });

  test('is seen after the upload where an API key is all there is', () => {
    expect(createUnavailableTuner(DEVELOPER_API_REASON).whyUnavailable(BASE)).toEqual({
      reason: expect.stringContaining('GEMINI_PROJECT_ID'),
      found: 'after_upload',
    });
  });
});
