import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../src/platform/postgres/data-source.ts';
import { createFiguresStore } from '../../src/rollout/figures-store.ts';
import { createStrataStore } from '../../src/rollout/strata-store.ts';
import { type TestDatabase, testDatabase } from '../setup/servers.ts';
import { BASELINE, CANDIDATE, rate, settled } from './world.ts';

const ROLLOUT = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';
const ARMS = { rolloutId: ROLLOUT, candidate: CANDIDATE, baseline: BASELINE, slowAboveBucket: 1 };
const STAGE = { ...ARMS, stage: 10 };

let database: TestDatabase;
let db: DataSource;

beforeAll(async () => {
  database = await testDatabase();
  db = await createDataSource({ url: database.url, log: pino({ level: 'silent' }) }).initialize();
});

beforeEach(() => db.query('TRUNCATE ai_feedback, rollout_strata, metrics_minute RESTART IDENTITY'));
afterEach(() => db.query('DELETE FROM traffic_changes WHERE rollout_id IS NOT NULL'));
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

const thumbs = (up: number, down: number) =>
  rate(db, { rolloutId: ROLLOUT, stage: 10, candidate: { up, down }, baseline: { up, down } });

async function settledThumbs(up: number, down: number): Promise<void> {
  await thumbs(up, down);
  await settled(db);
}

describe('Strata of thumbs', () => {
  test('close once, whoever asks, and are given from where the last check stopped', async () => {
    const strata = createStrataStore({ db });
    await settledThumbs(10, 3);
    const first = await strata.closeThumbs(STAGE, 0);
    expect(first).toHaveLength(1);
    expect(await strata.closeThumbs(STAGE, 0)).toEqual(first);
    await settledThumbs(10, 10);
    const [both, rest] = await Promise.all([strata.closeThumbs(STAGE, 0), strata.closeThumbs(STAGE, 1)]);
    expect(both).toEqual([...first, ...rest]);
    expect(rest).toHaveLength(2);
  });

  test('keep what they held when a thumb is changed or taken back afterwards', async () => {
    const strata = createStrataStore({ db });
    await settledThumbs(5, 5);
    const before = await strata.closeThumbs(STAGE, 0);
    await db.query('UPDATE ai_feedback SET is_positive = NOT is_positive, deleted_at = now()');
    expect(await strata.closeThumbs(STAGE, 0)).toEqual(before);
  });

  test('wait for a row of a lower id that commits late', async () => {
    const strata = createStrataStore({ db });
    const late = db.createQueryRunner();
    await late.startTransaction();
    await late.query(
      `INSERT INTO ai_feedback (created_at, feedback_at, request_id, request_type, prompt, response, is_positive, model_version, rollout_id, rollout_stage)
       VALUES (now() - interval '1 minute', now(), 'late', 'hint', 'p', 'r', TRUE, $1, $2, 10)`,
      [CANDIDATE, ROLLOUT],
    );
    await thumbs(5, 5);
    expect(await strata.closeThumbs(STAGE, 0)).toEqual([]);
    await late.commitTransaction();
    await late.release();
    await settled(db);
    const [stratum] = await strata.closeThumbs(STAGE, 0);
    expect(stratum?.nCandidate).toBeGreaterThan(0);
    const [{ last }]: [{ last: number }] = await db.query(
      'SELECT max(last_feedback_id) AS last FROM rollout_strata',
    );
    expect(last).toBe(20);
  });

  test('hold only ratings of answers that were served in their stage', async () => {
    const strata = createStrataStore({ db });
    await thumbs(5, 5);
    expect(await strata.closeThumbs({ ...STAGE, stage: 50 }, 0)).toEqual([]);
  });
});

describe('Figures per minute', () => {
  test('are given once settled, by generation, with both arms', async () => {
    await db.query(
      `INSERT INTO traffic_changes (generation, set_by, rollout_id, salt, reason, weights) VALUES (9001, 'rollout', $1, 's', 'r', '{}')`,
      [ROLLOUT],
    );
    await minute({ version: CANDIDATE, ago: '5 minutes', answers: 8, errors: 2, latencies: [3, 3, 2] });
    await minute({ version: BASELINE, ago: '5 minutes', answers: 90, errors: 1, latencies: [80, 9, 1] });
    await minute({ version: CANDIDATE, ago: '10 seconds', answers: 5, errors: 5, latencies: [0, 0, 0] });
    const figures = createFiguresStore({ db });
    const minutes = await figures.minutesAfter(ARMS, null);
    expect(minutes).toMatchObject([
      {
        generation: 9001,
        candidate: { requests: 10, errors: 2, blocked: 0, slow: 2 },
        baseline: { requests: 91, errors: 1, blocked: 0, slow: 1 },
      },
    ]);
    expect(await figures.minutesAfter(ARMS, minutes[0]!.minute)).toEqual([]);
    const lately = await figures.lately(ARMS, { generation: 9001, intervalMs: 1000 });
    expect(lately.candidate).toMatchObject({ requests: 10, errors: 5 });
  });
});

interface Minute {
  version: string;
  ago: string;
  answers: number;
  errors: number;
  latencies: number[];
}

function minute({ version, ago, answers, errors, latencies }: Minute): Promise<unknown> {
  return db.query(
    `INSERT INTO metrics_minute (minute, model_version, request_type, generation, answers, errors, latency_counts)
     VALUES (date_trunc('minute', now() - $1::interval), $2, 'explain', 9001, $3, $4, $5)`,
    [ago, version, answers, errors, latencies],
  );
}
