import { ApiError, type GoogleGenAI, type TuningJob } from '@google/genai';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestEmulator, type TestEmulator } from './support.ts';
import { example, upload } from './training-files.ts';

const baseModel = 'gemini-3.5-flash-lite';
const trainingDataset = { gcsUri: 'gs://training/train.jsonl' };
const dayMs = 24 * 3600 * 1000;
let emulator: TestEmulator;
let tuner: GoogleGenAI;

beforeAll(async () => {
  emulator = await startTestEmulator({ tuningDurationMs: dayMs });
  tuner = emulator.vertex('us-central1');
  await upload(emulator, 'train.jsonl', [example('a', 'b')]);
});
afterAll(() => emulator.remove());

const advance = (ms: number) => emulator.knob('clock', { advanceMs: ms });
const look = (job: TuningJob) => tuner.tunings.get({ name: job.name ?? '' });

describe('a dataset with a fault makes the job fail with code 3 and names the line', () => {
  const good = example('a', 'b');
  const turns = (...roles: string[]) =>
    JSON.stringify({ contents: roles.map((role) => ({ role, parts: [{ text: 'x' }] })) });
  test.each<[string, string | string[], RegExp]>([
    ['an empty file', '', /empty/],
    ['a blank line', `${good}\n\n${good}\n`, /Line 2: blank line/],
    ['broken JSON', [good, good, '{"contents": ['], /Line 3: not valid JSON/],
    ['a byte order mark', `\uFEFF${good}\n`, /Line 1: starts with a byte order mark/],
    ['the old form', [good, '{"text_input":"a","output":"b"}'], /Line 2/],
    ['a model turn first', [turns('model', 'user')], /Line 1: contents\[0\] must have role user/],
    [
      'a user turn last',
      [turns('user', 'model', 'user')],
      /Line 1: the last of contents must have role model/,
    ],
    ['two user turns', [turns('user', 'user')], /Line 1: contents\[1\] must have role model/],
    ['an unknown role', [turns('user', 'assistant')], /Line 1: contents\[1\].role/],
    ['an empty text', [example('a', ' ')], /Line 1.*empty text/],
    ['an unknown field', [good.replace('{"contents"', '{"id":1,"contents"')], /Line 1.*id/],
  ])('%s', async (name, lines, message) => {
    const object = `${name.replaceAll(' ', '-')}.jsonl`;
    await upload(emulator, object, lines);
    const job = await tuner.tunings.tune({
      baseModel,
      trainingDataset: { gcsUri: `gs://training/${object}` },
    });
    expect(job.state).toBe('JOB_STATE_PENDING');
    await advance(dayMs / 2);
    expect(await look(job)).toMatchObject({
      state: 'JOB_STATE_FAILED',
      error: { code: 3, message: expect.stringMatching(message) },
    });
  });
});

describe('what Google would refuse is refused at once', () => {
  const ask = (parameters: object, location = 'us-central1') =>
    emulator.vertex(location).tunings.tune({ baseModel, trainingDataset, ...parameters });
  test.each<[string, () => Promise<unknown>, RegExp]>([
    ['a model that can’t be tuned', () => ask({ baseModel: 'gemini-3.8-flash' }), /not supported/],
    ['a retired model', () => ask({ baseModel: 'gemini-2.5-flash' }), /not supported/],
    ['a region without tuning', () => ask({}, 'us-west1'), /not supported in location us-west1/],
    [
      'an adapter size',
      () => ask({ config: { adapterSize: 'ADAPTER_SIZE_THIRTY_TWO' } }),
      /The adapter size is not supported for this base model\./,
    ],
    [
      'an object that is not there',
      () => ask({ trainingDataset: { gcsUri: 'gs://training/none.jsonl' } }),
      /training_dataset_uri should be a GCS object of type JSONL/,
    ],
    [
      'an object with another ending',
      () => ask({ trainingDataset: { gcsUri: 'gs://training/train.txt' } }),
      /List of found errors:\\t1\.Field: tuning_job\.supervised_tuning_spec\.training_dataset_uri/,
    ],
    ['an upper case label', () => ask({ config: { labels: { batch: 'B1' } } }), /label/],
    ['a parameter of open models', () => ask({ config: { learningRate: 0.1 } }), /learning_rate/],
    [
      'an unknown field',
      () => ask({ config: { httpOptions: { extraBody: { banana: 1 } } } }),
      /Unknown name \\"banana\\"/,
    ],
  ])('%s', async (_, refused, message) => {
    const error: unknown = await refused().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 400, message: expect.stringMatching(message) });
  });
});
