import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { DataSource } from 'typeorm';
import { createFeedbackStore } from '../../../src/feedback/store.ts';
import { createRegistry } from '../../../src/models/registry.ts';
import { createDataSource } from '../../../src/platform/postgres/data-source.ts';
import { migrate } from '../../../src/platform/postgres/migrate.ts';
import { MIGRATIONS } from '../../../src/platform/postgres/migrations/index.ts';
import { emptyDatabase, type TestDatabase } from '../../setup/servers.ts';
import { FEEDBACK_ROWS, FIRST_DESCRIPTION, GORM_TABLES } from './go-service.ts';
import { silent } from './open-database.ts';

const BASE = 'gemini-3.5-flash-lite';

let database: TestDatabase;
let db: DataSource;

beforeEach(async () => {
  database = await emptyDatabase();
  // The server's zone must not matter for old times without one.
  db = await createDataSource({ url: database.url, log: silent, poolSize: 2 }).initialize();
  await db.query(`ALTER DATABASE ${new URL(database.url).pathname.slice(1)} SET timezone = 'Asia/Tokyo'`);
});

afterEach(async () => {
  await db.destroy();
  await database.drop();
});

/** Migrates, and answers the sentences of what was logged as a warning. */
async function adopt(): Promise<string[]> {
  const lines: string[] = [];
  const log = pino(
    { level: 'warn', messageKey: 'message' },
    { write: (line: string) => void lines.push(line) },
  );
  await migrate({ url: database.url, log, baseModel: BASE });
  return lines.map((line): string => JSON.parse(line).message);
}

async function versions(): Promise<unknown> {
  const rows: Record<string, unknown>[] = await db.query(
    'SELECT version_name, is_active, traffic_weight FROM model_versions ORDER BY id',
  );
  return rows.map((row) => Object.values(row));
}

const addVersion = (name: string, values: string) =>
  db.query(
    `INSERT INTO model_versions (version_name, base_model, training_data_size, is_active, traffic_weight)
     VALUES ('${name}', ${values})`,
  );

describe.each([
  ['as the first description writes them', FIRST_DESCRIPTION],
  ['as GORM makes them', GORM_TABLES],
])('thumbs of the Go service, in tables %s', (_how, tables) => {
  it('stay, with their times as UTC and a NULL `exported` as false', async () => {
    await db.query(tables);
    await db.query(`SET timezone = 'UTC'; ${FEEDBACK_ROWS}`);
    expect(await adopt()).toEqual([]);
    const rows: Record<string, unknown>[] = await db.query(
      'SELECT request_id, created_at, feedback_at, exported, trainable, batch_id FROM ai_feedback ORDER BY id',
    );
    expect(rows.map((row) => row.request_id)).toEqual(['req-1', 'req-2', 'req-3', 'req-4']);
    expect(rows.map((row) => row.exported)).toEqual([true, false, false, false]);
    expect(rows[0]?.created_at).toEqual(new Date('2024-05-01T10:00:00Z'));
    expect(rows[3]).toMatchObject({
      created_at: new Date('2024-05-04T23:59:59.500Z'),
      feedback_at: new Date('2024-05-04T23:59:59.500Z'),
      trainable: true,
      batch_id: null,
    });
    expect(await createFeedbackStore({ db }).count()).toEqual({ total: 3, positive: 2, unexported: 2 });
  });

  it('end in the schema of a fresh database', async () => {
    await db.query(tables);
    await adopt();
    const { upQueries } = await db.driver.createSchemaBuilder().log();
    expect(upQueries).toEqual([]);
  });

  it('leave numbers that the registry reads as numbers', async () => {
    await db.query(tables);
    await addVersion(BASE, `'${BASE}', 0, TRUE, 100`);
    await adopt();
    const [version] = await createRegistry({ db }).list();
    expect(version).toMatchObject({ id: 1, trainingDataSize: 0, trafficWeight: 100 });
  });
});

describe('the registry of the Go service', () => {
  beforeEach(() => db.query(FIRST_DESCRIPTION));

  it('gives a tuned version without known endpoint its row but no weight, and says so', async () => {
    await addVersion('gemini-1.5-flash-ft-001', `'gemini-1.5-flash', 240, TRUE, 10`);
    expect(await adopt()).toEqual([
      'gemini-1.5-flash-ft-001 had 10 % of the traffic, but its endpoint is not known: it keeps its row, not its weight',
    ]);
    expect(await versions()).toEqual([
      ['gemini-1.5-flash-ft-001', false, 0],
      [BASE, true, 100],
    ]);
  });

  it('keeps its own base, which gets the weight that is missing', async () => {
    await addVersion('gemini-3.5-flash', `'gemini-3.5-flash', 0, TRUE, 90`);
    await addVersion('gemini-3.5-flash-ft-001', `'gemini-3.5-flash', 240, TRUE, 10`);
    await adopt();
    expect(await versions()).toEqual([
      ['gemini-3.5-flash', true, 100],
      ['gemini-3.5-flash-ft-001', false, 0],
    ]);
    expect(await createRegistry({ db }).traffic()).toMatchObject({ weights: { 'gemini-3.5-flash': 100 } });
  });

  it('gives the traffic of a base that has ended to the one of the settings, and says so', async () => {
    await addVersion('gemini-1.5-flash', `'gemini-1.5-flash', 0, TRUE, 90`);
    expect(await adopt()).toEqual([expect.stringContaining('gemini-1.5-flash has ended')]);
    expect(await versions()).toEqual([
      ['gemini-1.5-flash', false, 0],
      [BASE, true, 100],
    ]);
  });

  it('with nothing active, NULLs, or weights beyond 100 ends with 100 in all', async () => {
    await addVersion(BASE, `'${BASE}', 0, NULL, NULL`);
    await addVersion('gemini-3.5-flash', `'gemini-3.5-flash', 0, FALSE, 400`);
    await adopt();
    expect(await versions()).toEqual([
      [BASE, true, 100],
      ['gemini-3.5-flash', false, 0],
    ]);
  });

  it('is adopted once: weights that were set since stay', async () => {
    await adopt();
    const registry = createRegistry({ db });
    await registry.registerBase('gemini-3.5-flash');
    await registry.setWeights({ weights: { 'gemini-3.5-flash': 100 }, setBy: 'person', reason: 'a test' });
    await adopt();
    expect(await registry.traffic()).toMatchObject({ generation: 2, weights: { 'gemini-3.5-flash': 100 } });
  });
});

describe('rows of a request type that nobody knows', () => {
  it('stay, and can still be marked', async () => {
    await db.query(FIRST_DESCRIPTION);
    await db.query(FEEDBACK_ROWS.replace("'hint'", "'chat'").replace("'tests'", "'refactor-tips'"));
    await adopt();
    const rows: { request_type: string }[] = await db
      .query('UPDATE ai_feedback SET exported = TRUE RETURNING request_type')
      .then(([updated]) => updated);
    expect(rows.map((row) => row.request_type).sort()).toEqual([
      'chat',
      'explain',
      'refactor_tips',
      'refactor_tips',
    ]);
  });
});

describe('several processes that migrate at once', () => {
  it.each([
    ['an empty database', ''],
    ['one of the Go service', `${FIRST_DESCRIPTION}${FEEDBACK_ROWS}`],
  ])('leave %s migrated once', async (_what, sql) => {
    if (sql) await db.query(sql);
    await Promise.all([adopt(), adopt(), adopt()]);
    const ran: unknown[] = await db.query('SELECT name FROM thumbwheel_migrations');
    expect(ran).toHaveLength(MIGRATIONS.length);
    expect(await versions()).toEqual([[BASE, true, 100]]);
    const { upQueries } = await db.driver.createSchemaBuilder().log();
    expect(upQueries).toEqual([]);
  });
});
