import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import pg from 'pg';
import { pino } from 'pino';
import { cacheFolder } from '../../src/embedded/cache-folder.ts';
import type { FindOptions } from '../../src/embedded/find-program.ts';
import { type EmbeddedPostgres, startPostgres } from '../../src/embedded/postgres.ts';
import { isRunning } from '../../src/embedded/process-table.ts';
import { findTemporal, startTemporal } from '../../src/embedded/temporal.ts';
import { findTimeSkippingServer } from './time-skipping.ts';
import { findValkey, startValkey } from './valkey.ts';
import { bundleForTests } from './workflow-bundle.ts';

const KEPT = join(import.meta.dirname, '../../.test-servers');
const KEPT_CLUSTERS = 3;
const RUN_PREFIX = 'thumbwheel-test-';
const BASE_MODEL = 'gemini-3.5-flash-lite';
const VALKEY_DATABASES = 100_000;
const SEARCH_ATTRIBUTES = { ModelVersion: 'Keyword', RolloutStage: 'Int', RolloutVerdict: 'Keyword' };

type Stop = () => Promise<void>;

const stops: Stop[] = [];
let runFolder: string | undefined;

/**
 * Starts one PostgreSQL, one Temporal dev server and one Valkey for the whole run, and leaves their addresses
 * in the environment, where `servers.ts` finds them. Each dies with this process, however it ends.
 */
export async function startTestServers(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), `${RUN_PREFIX}${process.pid}-`));
  runFolder = folder;
  const progress = (line: string) => void process.stderr.write(`${line}\n`);
  const find: FindOptions = { cacheDir: await cacheFolder(join(folder, 'cache')), progress };
  try {
    await Promise.all([
      startDatabase(folder),
      startTemporalServer(folder, find),
      startRedis(folder, find),
      findTimeSkippingServer(find).then((path) => set('TIME_SKIPPING_SERVER', path)),
      makeBundle(folder),
      removeOldRuns(),
    ]);
  } catch (error) {
    await stopTestServers();
    throw error;
  }
  set('FOLDER', folder);
}

/** Stops all that `startTestServers` started and removes its folder. */
export async function stopTestServers(): Promise<void> {
  await Promise.all(stops.splice(0).map((stop) => stop()));
  if (runFolder) await rm(runFolder, { recursive: true, force: true });
}

function set(name: string, value: string): void {
  process.env[`THUMBWHEEL_TEST_${name}`] = value;
}

const silent = () => undefined;

// A cluster is kept between runs, since making one takes longer than all the rest; runs at the same time
// take different ones, and where none can be had the run makes its own.
async function startDatabase(folder: string): Promise<void> {
  const kept = Array.from({ length: KEPT_CLUSTERS }, (_, slot) => join(KEPT, `cluster-${slot}`));
  const postgres = await firstThatStarts([...kept, folder]);
  stops.push(postgres.stop);
  set('POSTGRES_URL', postgres.url);
  await makeTemplate(postgres.url);
}

async function firstThatStarts([dataDir = '', ...others]: string[]): Promise<EmbeddedPostgres> {
  try {
    return await startPostgres({ dataDir, durability: 'none', progress: silent });
  } catch (error) {
    if (others.length === 0) throw error;
    return firstThatStarts(others);
  }
}

// Each test clones this database: that takes a tenth of the time that the migrations take.
// Migrations that fail are told by `testDatabase`, and workflows that can't be bundled by `workflowBundle`,
// so that tests of pure code run all the same.
async function makeTemplate(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await dropOldDatabases(client);
  await client.query('CREATE DATABASE migrated');
  await client.end();
  const template = new URL(url);
  template.pathname = '/migrated';
  try {
    const { migrate } = await import('../../src/platform/postgres/migrate.ts');
    await migrate({ url: template.href, log: pino({ level: 'silent' }), baseModel: BASE_MODEL });
  } catch (error) {
    set('MIGRATION_ERROR', inspect(error));
  }
}

async function dropOldDatabases(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ datname: string }>(
    "SELECT datname FROM pg_database WHERE datname = 'migrated' OR datname LIKE 'test\\_%'",
  );
  for (const { datname } of rows) await client.query(`DROP DATABASE ${client.escapeIdentifier(datname)}`);
}

async function startTemporalServer(folder: string, find: FindOptions): Promise<void> {
  const executable = await findTemporal(find);
  const anyPort = { port: 0, fixed: false, variable: '' };
  const temporal = await startTemporal({
    executable,
    dataDir: folder,
    port: anyPort,
    uiPort: anyPort,
    searchAttributes: SEARCH_ATTRIBUTES,
    progress: silent,
  });
  stops.push(() => {
    // Its orderly stop takes a second, and nobody needs its data any more.
    process.kill(temporal.pid, 'SIGKILL');
    return temporal.stop();
  });
  set('TEMPORAL_ADDRESS', temporal.address);
  set('TEMPORAL_UI_URL', temporal.uiUrl);
}

async function makeBundle(folder: string): Promise<void> {
  try {
    set('WORKFLOW_BUNDLE', (await bundleForTests(folder)) ?? '');
  } catch (error) {
    set('WORKFLOW_BUNDLE_ERROR', inspect(error));
  }
}

async function startRedis(folder: string, find: FindOptions): Promise<void> {
  const executable = await findValkey(find);
  const valkey = await startValkey({
    executable,
    dataDir: folder,
    databases: VALKEY_DATABASES,
    progress: silent,
  });
  stops.push(valkey.stop);
  set('VALKEY_URL', valkey.url);
}

async function removeOldRuns(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const [, pid] = /^thumbwheel-test-(\d+)-/.exec(name) ?? [];
    if (!pid || (await isRunning(Number(pid)))) continue;
    await rm(join(tmpdir(), name), { recursive: true, force: true });
  }
}
