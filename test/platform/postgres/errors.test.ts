import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../../src/platform/postgres/data-source.ts';
import { isDatabaseDown } from '../../../src/platform/postgres/errors.ts';
import { type OpenDatabase, openDatabase, silent } from './open-database.ts';
import { type Severable, severable } from './severable.ts';

let database: OpenDatabase;
let way: Severable;
let db: DataSource;

beforeEach(async () => {
  database = await openDatabase();
  way = await severable(database.url);
  db = await createDataSource({ url: way.url, log: silent, poolSize: 1 }).initialize();
});

afterEach(async () => {
  await db.destroy();
  await way.close();
  await database.close();
});

/** What a query fails with. */
async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

const addBase = `INSERT INTO model_versions (version_name, base_model, training_data_size) VALUES ('b', 'b', 0)`;

describe('a database counts as down', () => {
  it('when its connections break in the middle of a query, and when no new one can be had', async () => {
    const broken = failureOf(db.query('SELECT pg_sleep(60)'));
    setTimeout(way.cut, 100);
    expect(isDatabaseDown(await broken)).toBe(true);
    expect(isDatabaseDown(await failureOf(db.query('SELECT 1')))).toBe(true);
    way.mend();
    expect(await failureOf(db.query('SELECT 1'))).toBeUndefined();
  });

  it('when it ends the connection', async () => {
    const ended = failureOf(db.query('SELECT pg_terminate_backend(pg_backend_pid())'));
    expect(isDatabaseDown(await ended)).toBe(true);
  });

  it('when it takes no writes', async () => {
    await db.query('SET default_transaction_read_only = on');
    expect(isDatabaseDown(await failureOf(db.query(addBase)))).toBe(true);
  });

  it('when nothing listens on its port', async () => {
    const nowhere = createDataSource({ url: 'postgres://u:p@127.0.0.1:1/none', log: silent });
    expect(isDatabaseDown(await failureOf(nowhere.initialize()))).toBe(true);
  });
});

describe('a mistake of ours', () => {
  it('is not taken for a database that is down', async () => {
    expect(isDatabaseDown(await failureOf(db.query('SELEKT 1')))).toBe(false);
    expect(isDatabaseDown(new TypeError('x is not a function'))).toBe(false);
    expect(isDatabaseDown('a text')).toBe(false);
  });

  it('against a unique constraint is not either', async () => {
    await db.query(addBase);
    const twice = await failureOf(db.query(addBase));
    expect(twice).toMatchObject({ code: '23505', constraint: 'model_versions_version_name_key' });
    expect(isDatabaseDown(twice)).toBe(false);
  });
});
