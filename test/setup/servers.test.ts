import { describe, expect, test } from '@jest/globals';
import { Connection } from '@temporalio/client';
import pg from 'pg';
import { createClient } from 'redis';
import { emptyDatabase, temporal, testDatabase, timeSkippingEnvironment, valkeyUrl } from './servers.ts';

async function tables(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ tablename: string }>(
      "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
    );
    return rows.map(({ tablename }) => tablename);
  } finally {
    await client.end();
  }
}

describe("the run's servers", () => {
  test('give each test a migrated database of its own, or an empty one, and drop it', async () => {
    const [one, two, empty] = await Promise.all([testDatabase(), testDatabase(), emptyDatabase()]);
    expect(await tables(one.url)).toEqual(expect.arrayContaining(['ai_feedback', 'model_versions']));
    expect(await tables(empty.url)).toEqual([]);
    expect(one.url).not.toBe(two.url);
    await Promise.all([one.drop(), two.drop(), empty.drop()]);
    await expect(tables(one.url)).rejects.toMatchObject({ code: '3D000' });
  });

  test('give each test a logical Valkey database of its own', async () => {
    const [one, two] = [createClient({ url: valkeyUrl() }), createClient({ url: valkeyUrl() })];
    await Promise.all([one.connect(), two.connect()]);
    await one.set('key', 'value');
    expect(await two.get('key')).toBeNull();
    await Promise.all([one.close(), two.close()]);
  });

  test('have a Temporal server with the namespace', async () => {
    const { address, namespace } = temporal();
    const connection = await Connection.connect({ address });
    const described = await connection.workflowService.describeNamespace({ namespace });
    expect(described.namespaceInfo?.name).toBe('default');
    await connection.close();
  });

  test('have a server that skips a day in a moment', async () => {
    const environment = await timeSkippingEnvironment();
    const before = await environment.currentTimeMs();
    await environment.sleep('24 hours');
    expect((await environment.currentTimeMs()) - before).toBeGreaterThanOrEqual(86_400_000);
    await environment.teardown();
  });
});
