import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chown, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { type EmbeddedPostgres, startPostgres } from '../../src/embedded/postgres.ts';
import { isRunning, lookUpProcess } from '../../src/embedded/process-table.ts';
import { asOrdinaryUser, embeddedScripts, ORDINARY_USER, type Scripts } from './scripts.ts';

let scripts: Scripts;
/** Made once, since making a cluster takes longer than all a test does with it. */
let shared: string;
/** A test's own, empty. */
let own: string;
const told: string[] = [];
const progress = (line: string) => void told.push(line);

beforeAll(async () => {
  scripts = await embeddedScripts();
  shared = await mkdtemp(join(tmpdir(), 'thumbwheel-postgres-'));
  await (await startPostgres({ dataDir: shared, durability: 'none', progress })).stop();
});
afterAll(async () => {
  await scripts.remove();
  await rm(shared, { recursive: true, force: true });
});
beforeEach(async () => {
  told.length = 0;
  own = await mkdtemp(join(tmpdir(), 'thumbwheel-postgres-'));
});
afterEach(() => rm(own, { recursive: true, force: true }));

async function withServer<T>(dataDir: string, use: (server: EmbeddedPostgres) => Promise<T>): Promise<T> {
  const server = await startPostgres({ dataDir, progress });
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query(sql);
    return rows;
  } finally {
    await client.end();
  }
}

/** Only the test's own time limit bounds the wait. */
async function untilGone(pid: number): Promise<void> {
  while (await isRunning(pid)) await sleep(20);
}

async function guardOf(parent: number): Promise<number> {
  for (let pid = parent + 1; pid < parent + 1000; pid += 1) {
    const found = await lookUpProcess(pid);
    if (found?.parentPid === parent && found.command.includes('guard')) return pid;
  }
  throw new Error(`No guard among the children of ${parent}.`);
}

const START = (folder: string) => `
import { startPostgres } from './postgres.js';
const server = await startPostgres({ dataDir: ${JSON.stringify(folder)}, durability: 'none', progress: () => undefined });
console.log(JSON.stringify({ url: server.url, pid: String(server.pid) }));
process.on('SIGTERM', () => server.stop().then(() => process.exit(0)));
setInterval(() => undefined, 1000);
`;

/** Busy all the time: a session that waits for something notices at once that its server is gone. */
const WORKS_A_SECOND = `DO $$ BEGIN
  WHILE clock_timestamp() < now() + interval '1 s' LOOP END LOOP;
END $$`;

function tableName(): string {
  return `kept_${randomUUID().replaceAll('-', '')}`;
}

describe('the embedded PostgreSQL', () => {
  test('has the database thumbwheel, in UTF-8, on loopback only, with fsync on', async () => {
    await withServer(shared, async ({ url }) => {
      expect(new URL(url).pathname).toBe('/thumbwheel');
      const [row] = await query(
        url,
        `SELECT pg_encoding_to_char(encoding) AS encoding, current_setting('fsync') AS fsync,
                current_setting('listen_addresses') AS addresses, current_setting('data_checksums') AS checksums
         FROM pg_database WHERE datname = current_database()`,
      );
      expect(row).toEqual({ encoding: 'UTF8', fsync: 'on', addresses: '127.0.0.1', checksums: 'on' });
    });
    expect((await stat(join(shared, 'postgres'))).mode & 0o777).toBe(0o700);
  });

  test('keeps its data over a stop and a start, and tells of making it once only', async () => {
    await withServer(own, ({ url }) => query(url, 'CREATE TABLE kept AS SELECT 42 AS answer'));
    const first = told.splice(0);
    await withServer(own, async ({ url }) => {
      expect(await query(url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    });
    expect(first.join()).toMatch(/Making the database/);
    expect(told).toEqual([]);
  });

  test('ends with a parent that gets SIGKILL, and the next start finds committed rows', async () => {
    const table = tableName();
    const parent = await scripts.start(START(shared));
    const { url = '', pid = '' } = await parent.answer();
    await query(url, `CREATE TABLE ${table} AS SELECT 42 AS answer`);
    parent.kill('SIGKILL');
    await untilGone(Number(pid));
    await withServer(shared, async (server) => {
      expect(await query(server.url, `SELECT answer FROM ${table}`)).toEqual([{ answer: 42 }]);
    });
  });

  test('starts again after its own process was killed, as soon as the sessions left behind are done', async () => {
    const first = await startPostgres({ dataDir: shared, progress });
    const client = new pg.Client({ connectionString: first.url });
    client.on('error', () => undefined);
    await client.connect();
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const session = rows[0]?.pid ?? 0;
    const works = client.query(WORKS_A_SECOND).catch(() => undefined);
    await query(first.url, 'SELECT 1');
    process.kill(first.pid, 'SIGKILL');
    expect(await first.exited).toBe('SIGKILL');
    expect(await isRunning(session)).toBe(true);
    const second = await startPostgres({ dataDir: shared, port: first.port, progress });
    expect(await isRunning(session)).toBe(false);
    expect(second.url).toBe(first.url);
    expect(await query(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await second.stop();
    await works;
  });

  test('keeps what its statements were about out of its last words', async () => {
    await withServer(shared, async (server) => {
      const table = tableName();
      await query(server.url, `CREATE TABLE ${table} (comment text CHECK (comment = ''))`);
      await expect(query(server.url, `INSERT INTO ${table} VALUES ('a secret')`)).rejects.toThrow();
      await server.stop();
      expect(server.outputTail()).toContain('database system is shut down');
      expect(server.outputTail()).not.toContain('secret');
    });
  });

  test('is stopped by the next start where its parent and its guard were both killed', async () => {
    const parent = await scripts.start(START(shared));
    const orphan = Number((await parent.answer()).pid);
    process.kill(await guardOf(parent.pid), 'SIGKILL');
    parent.kill('SIGKILL');
    await parent.ended;
    expect(await isRunning(orphan)).toBe(true);
    await withServer(shared, async (server) => expect(server.pid).not.toBe(orphan));
    expect(await isRunning(orphan)).toBe(false);
    expect(told.join()).toContain(`Stopping PostgreSQL (process ${orphan})`);
  });

  test('is refused to a second start on the same data while the first lives', async () => {
    const parent = await scripts.start(START(shared));
    const { url = '' } = await parent.answer();
    await expect(startPostgres({ dataDir: shared, progress })).rejects.toThrow(
      new RegExp(`in use by a running Thumbwheel \\(process ${parent.pid}\\).*DATA_DIR`),
    );
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    parent.kill('SIGTERM');
    expect((await parent.ended).code).toBe(0);
  });

  test('leaves a stranger alone whose process id stands in an old pid file', async () => {
    const stranger = await scripts.start('console.log("{}"); setInterval(() => undefined, 1000);');
    await stranger.answer();
    await writeFile(join(shared, 'postgres.pid'), JSON.stringify({ pid: stranger.pid, parentPid: 1 }));
    await withServer(shared, async (server) => expect(server.pid).not.toBe(stranger.pid));
    expect(await isRunning(stranger.pid)).toBe(true);
    stranger.kill('SIGKILL');
  });

  test('makes its data anew where a first start was killed in the middle', async () => {
    const unfinished = join(own, 'postgres.new-1');
    await mkdir(unfinished);
    await writeFile(join(unfinished, 'PG_VERSION'), '18\n');
    await withServer(own, async ({ url }) =>
      expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]),
    );
    await expect(stat(unfinished)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('runs for an ordinary user', async () => {
    const prefix = asOrdinaryUser();
    if (prefix.length > 0) await chown(own, ORDINARY_USER, ORDINARY_USER);
    const parent = await scripts.start(START(own), { prefix, env: { ...process.env, HOME: '/nonexistent' } });
    const { url = '' } = await parent.answer();
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    parent.kill('SIGTERM');
    expect((await parent.ended).code).toBe(0);
    expect((await stat(join(own, 'postgres'))).uid).not.toBe(0);
  });

  test('runs where user namespaces are not allowed, below a folder that only its owner may enter', async () => {
    const fakes = join(own, 'bin');
    await mkdir(fakes);
    await writeFile(join(fakes, 'unshare'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const env = { ...process.env, PATH: `${fakes}:${process.env.PATH}` };
    for (const sql of ['CREATE TABLE kept AS SELECT 42 AS answer', 'SELECT answer FROM kept']) {
      const parent = await scripts.start(START(own), { env });
      const { url = '' } = await parent.answer();
      await query(url, sql);
      parent.kill('SIGTERM');
      expect((await parent.ended).code).toBe(0);
    }
  });
});

describe('what keeps the embedded PostgreSQL from starting is told in one message', () => {
  test('the data of another major version', async () => {
    await mkdir(join(own, 'postgres'));
    await writeFile(join(own, 'postgres/PG_VERSION'), '15\n');
    await expect(startPostgres({ dataDir: own, progress })).rejects.toThrow(
      /made by PostgreSQL 15, the embedded one is 18.*DATABASE_URL/,
    );
  });

  test('a data folder that may not be written', async () => {
    const folder = join(own, 'closed');
    await mkdir(folder, { mode: 0o500 });
    const parent = await scripts.start(START(folder), { prefix: asOrdinaryUser() });
    const { code, output } = await parent.ended;
    expect(code).toBe(1);
    expect(output).toContain(
      `The data folder ${folder} can't be written (EACCES). Give it to the user who runs this`,
    );
  });

  test('a file where the data folder should be', async () => {
    const file = join(own, 'file');
    await writeFile(file, '');
    await expect(startPostgres({ dataDir: file, progress })).rejects.toThrow(
      /a file of that name is in the way.*DATA_DIR/,
    );
  });

  test('a port that another program listens on', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    await expect(startPostgres({ dataDir: shared, port, progress })).rejects.toThrow(`port ${port}`);
    other.close();
    await withServer(shared, async ({ url }) =>
      expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]),
    );
  });
});
