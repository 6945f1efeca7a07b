import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EntityMetadata } from 'typeorm';
import { type OpenDatabase, openDatabase } from './open-database.ts';

let database: OpenDatabase;

beforeAll(async () => {
  database = await openDatabase();
});

afterAll(() => database.close());

describe('entities and migrations', () => {
  it('agree as far as TypeORM can see', async () => {
    const { upQueries } = await database.db.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });

  it('know the same tables', async () => {
    const tables = await names(
      `SELECT table_name AS name FROM information_schema.tables
       WHERE table_schema = current_schema() AND table_name <> 'thumbwheel_migrations'`,
    );
    expect(tables).toEqual(database.db.entityMetadatas.map(({ tableName }) => tableName).sort());
  });

  it('know the same indexes, with the same columns and conditions', async () => {
    const rows: { name: string; columns: string[]; condition: string | null }[] = await database.db.query(
      `SELECT index.relname AS name, pg_get_expr(indpred, indrelid) AS condition,
         (SELECT array_agg(attname::text ORDER BY position) FROM unnest(indkey) WITH ORDINALITY AS key (number, position)
          JOIN pg_attribute ON attrelid = indrelid AND attnum = number) AS columns
       FROM pg_index JOIN pg_class AS index ON index.oid = indexrelid
       WHERE index.relnamespace = current_schema()::regnamespace AND NOT indisunique`,
    );
    expect(byName(rows.map((row) => ({ ...row, condition: plain(row.condition) })))).toEqual(
      byName(database.db.entityMetadatas.flatMap(declaredIndexes)),
    );
  });

  it('know the same CHECKs, all of them valid for every row', async () => {
    const rows: { name: string; allows: string; convalidated: boolean }[] = await database.db.query(
      `SELECT conname AS name, pg_get_expr(conbin, conrelid) AS allows, convalidated FROM pg_constraint
       WHERE contype = 'c' AND connamespace = current_schema()::regnamespace`,
    );
    const declared = database.db.entityMetadatas.flatMap(({ checks }) =>
      checks.map(({ name }) => name ?? ''),
    );
    expect(rows.map(({ name }) => name).sort()).toEqual(declared.sort());
    expect(rows.every(({ convalidated }) => convalidated)).toBe(true);
    const allows = Object.fromEntries(rows.map((row) => [row.name, row.allows]));
    for (const type of ['hint', 'explain', 'tests', 'refactor_tips']) {
      expect(allows.ai_feedback_request_type_check).toContain(`'${type}'`);
    }
    expect(plain(allows.model_versions_traffic_weight_check ?? null)).toBe(
      'traffic_weight >= 0 AND traffic_weight <= 100',
    );
  });

  it('know the same unique constraints', async () => {
    const rows = await names(
      `SELECT conname AS name FROM pg_constraint
       WHERE contype = 'u' AND connamespace = current_schema()::regnamespace`,
    );
    const declared = database.db.entityMetadatas.flatMap(({ uniques }) => uniques.map(({ name }) => name));
    expect(rows).toEqual(declared.sort());
  });

  it('name the columns of the first description as it does', async () => {
    const columns = async (table: string) =>
      names(`SELECT column_name AS name FROM information_schema.columns
             WHERE table_schema = current_schema() AND table_name = '${table}'`);
    const shared = ['id', 'created_at', 'updated_at', 'deleted_at'];
    expect(await columns('ai_feedback')).toEqual(
      expect.arrayContaining([
        ...shared,
        ...['request_id', 'request_type', 'prompt', 'response', 'is_positive', 'model_version'],
        ...['feedback_at', 'exported', 'exported_at'],
      ]),
    );
    expect(await columns('model_versions')).toEqual(
      expect.arrayContaining([
        ...shared,
        ...['version_name', 'base_model', 'training_job_id', 'training_data_size', 'is_active'],
        ...['traffic_weight', 'activated_at', 'deactivated_at'],
      ]),
    );
  });
});

async function names(sql: string): Promise<string[]> {
  const rows: { name: string }[] = await database.db.query(sql);
  return rows.map(({ name }) => name).sort();
}

interface Index {
  name: string;
  columns: string[];
  condition: string;
}

function declaredIndexes({ indices }: EntityMetadata): Index[] {
  return indices.map(({ name, columns, where }) => ({
    name,
    columns: columns.map((column) => column.databaseName),
    condition: plain(where ?? null),
  }));
}

/** PostgreSQL gives expressions back with brackets of its own. */
function plain(expression: string | null): string {
  return (expression ?? '').replaceAll(/[()]/g, '');
}

function byName(indexes: Index[]): Index[] {
  return indexes.sort((a, b) => (a.name < b.name ? -1 : 1));
}
