import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import pg from 'pg';
import { watchedExecutable } from './watched-executable.ts';

export type TestDatabase = { url: string; drop(): Promise<void> };

/** A database of its own with all migrations applied; drop it when done. */
export async function testDatabase(): Promise<TestDatabase> {
  const failed = process.env.THUMBWHEEL_TEST_MIGRATION_ERROR;
  if (failed) throw new Error(`The migrations failed in the global setup: ${failed}`);
  return createDatabase('migrated');
}

/** A database of its own with nothing in it. */
export async function emptyDatabase(): Promise<TestDatabase> {
  return createDatabase('template1');
}

/** The run's Temporal dev server. Take a task queue and workflow ids of your own: it is shared. */
export function temporal(): { address: string; namespace: string } {
  return { address: provided('TEMPORAL_ADDRESS'), namespace: 'default' };
}

/** A task queue that no other test uses; good as a part of workflow ids as well. */
export function uniqueTaskQueue(): string {
  return `test-${randomBytes(6).toString('hex')}`;
}

/** The file with the bundled workflows, for `workflowBundle: {codePath}`. */
export function workflowBundle(): { codePath: string } {
  const failed = process.env.THUMBWHEEL_TEST_WORKFLOW_BUNDLE_ERROR;
  if (failed) throw new Error(`The workflows could not be bundled in the global setup: ${failed}`);
  return { codePath: provided('WORKFLOW_BUNDLE') };
}

/** A time-skipping server of its own (time is one per server); tear it down when done. */
export async function timeSkippingEnvironment(): Promise<TestWorkflowEnvironment> {
  const path = watchedExecutable(provided('TIME_SKIPPING_SERVER'), provided('FOLDER'));
  return TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
}

/** A logical database of the run's Valkey that nobody else gets. */
export function valkeyUrl(): string {
  return `${provided('VALKEY_URL')}/${uniqueNumber('valkey', 1, 99_999)}`;
}

/**
 * A port that no other test gets, below those that operating systems hand out by themselves: one of those can be taken
 * by anything between its choice and its use.
 */
export async function ownPort(): Promise<number> {
  const port = uniqueNumber('port', 15_000, 31_999);
  const isFree = await new Promise<boolean>((done) => {
    const server = createServer().once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });
  return isFree ? port : ownPort();
}

async function createDatabase(template: string): Promise<TestDatabase> {
  const admin = provided('POSTGRES_URL');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await runSql(admin, `CREATE DATABASE ${name} TEMPLATE ${template}`);
  const url = new URL(admin);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => runSql(admin, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

async function runSql(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

// A folder can be made once only, by whichever of the Jest processes comes first.
function uniqueNumber(kind: string, from: number, to: number): number {
  const number = from + (randomBytes(4).readUInt32LE() % (to - from + 1));
  try {
    mkdirSync(join(provided('FOLDER'), `${kind}-${number}`));
    return number;
  } catch {
    return uniqueNumber(kind, from, to);
  }
}

function provided(name: string): string {
  const value = process.env[`THUMBWHEEL_TEST_${name}`];
  if (!value)
    throw new Error(`The global setup did not provide ${name}: run the tests through \`npm run test:only\`.`);
  return value;
}
