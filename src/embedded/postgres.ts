import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, startChild } from './child.ts';
import { dataFolder } from './data-folder.ts';
import { EmbeddedError, type Progress } from './embedded-error.ts';
import { freePort } from './ports.ts';
import { locatePostgres } from './postgres-binaries.ts';
import { DATABASE, ensureCluster, explainPostgres, SUPERUSER } from './postgres-cluster.ts';
import { withoutRoot } from './run-as.ts';

const READY_POLL_MS = 5;
// Sessions of a postmaster that was killed end with their statement, and hold the data until then.
const SESSIONS_END_WITHIN_MS = 15_000;
const SESSIONS_POLL_MS = 200;
// A crash before may mean minutes of recovery; longer than this is better looked at by a person.
const READY_TIMEOUT_MS = 120_000;
const SLOW_MS = 2000;
const GRACE_MS = 8000;

export type PostgresOptions = {
  dataDir: string;
  /** Default: a free one. */
  port?: number;
  /** Tests only: no fsync, so that a power cut may lose the data. */
  durability?: 'full' | 'none';
  progress: Progress;
};

export type EmbeddedPostgres = Child & { url: string; port: number };

/**
 * Starts PostgreSQL on loopback with its data in `<dataDir>/postgres` and the database `thumbwheel`.
 * Throws EmbeddedError with one message for a person when it can't be.
 */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const { durability = 'full', progress } = options;
  const [dataDir, binaries] = await Promise.all([dataFolder(options.dataDir), locatePostgres()]);
  const folder = join(dataDir, 'postgres');
  await ensureCluster({ binaries, folder, progress, skipSync: durability === 'none' });
  const port = options.port ?? (await freePort());
  const runAs = await withoutRoot(folder);
  const [command = binaries.postgres, ...args] = [
    ...runAs.prefix,
    binaries.postgres,
    ...serverArgs(folder, port, durability),
  ];
  const start = () =>
    startChild({
      pidFile: { path: join(dataDir, 'postgres.pid'), name: 'PostgreSQL', marker: folder },
      command,
      args,
      env: { ...process.env, LC_ALL: 'C' },
      // SIGINT is PostgreSQL's fast shutdown: open transactions are rolled back, data is flushed.
      stopSignal: 'SIGINT',
      graceMs: GRACE_MS,
      progress,
      ...(runAs.ids ? { ids: runAs.ids } : {}),
    });
  const child = await startWhenFree(start, { folder, port, progress });
  const url = `postgres://${SUPERUSER}@127.0.0.1:${port}/${DATABASE}`;
  return { ...child, outputTail: () => withoutRows(child.outputTail()), url, port };
}

function serverArgs(folder: string, port: number, durability: 'full' | 'none'): string[] {
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 200,
    timezone: 'UTC',
    // Statements can hold prompts and answers; those belong in no log.
    log_min_error_statement: 'panic',
    ...(durability === 'none' ? { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' } : {}),
  };
  return ['-D', folder, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

async function startWhenFree(start: () => Promise<Child>, options: ReadyOptions): Promise<Child> {
  const giveUpAt = Date.now() + SESSIONS_END_WITHIN_MS;
  for (;;) {
    const child = await start();
    try {
      await untilReady(child, options);
      return child;
    } catch (error) {
      if (!isStillHeld(child.outputTail()) || Date.now() > giveUpAt) throw error;
      await sleep(SESSIONS_POLL_MS);
    }
  }
}

function isStillHeld(output: string): boolean {
  return /pre-existing shared memory block .* is still in use/.test(output);
}

// ERROR, DETAIL and CONTEXT can quote a row, which may be a prompt or an answer.
function withoutRows(output: string): string {
  const lines = output.split('\n');
  return lines.filter((line) => /\b(LOG|FATAL|PANIC): /.test(line)).join('\n');
}

type ReadyOptions = { folder: string; port: number; progress: Progress };

// Line 1 of postmaster.pid is the server's pid, line 8 its state: no connection is needed to know it is ready.
async function untilReady(child: Child, { folder, port, progress }: ReadyOptions): Promise<void> {
  const begun = Date.now();
  let told = false;
  while (Date.now() - begun < READY_TIMEOUT_MS) {
    const ended = child.ended();
    if (ended !== null) {
      await child.stop();
      throw startFailure(child, port, ended);
    }
    if (await isReady(folder, child.pid)) return;
    if (!told && Date.now() - begun > SLOW_MS) {
      told = true;
      progress('Waiting for PostgreSQL, which mends its data after an unclean stop …');
    }
    await sleep(READY_POLL_MS);
  }
  await child.stop();
  throw explainPostgres(`PostgreSQL was not ready after ${READY_TIMEOUT_MS / 1000} s`, child.outputTail());
}

async function isReady(folder: string, pid: number): Promise<boolean> {
  const lines = await readFile(join(folder, 'postmaster.pid'), 'utf8').then(
    (text) => text.split('\n'),
    () => [],
  );
  return lines[0]?.trim() === String(pid) && lines[7]?.trim() === 'ready';
}

function startFailure(child: Child, port: number, ended: string): EmbeddedError {
  const output = child.outputTail();
  if (/Address already in use/i.test(output)) {
    return new EmbeddedError(
      `PostgreSQL could not listen on port ${port}: another program does. Start again, or free that port.`,
    );
  }
  return explainPostgres(`PostgreSQL ended at its start (${ended})`, output);
}
