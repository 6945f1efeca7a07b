import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** PostgreSQL's own client programs, and what to install where one is not on PATH. */
export const TOOLS = {
  psql: 'psql is not on PATH; install PostgreSQL’s client (Debian: postgresql-client)',
  pgbench: 'pgbench is not on PATH; install it (Debian: postgresql-contrib)',
} as const;

export async function isOnPath(tool: keyof typeof TOOLS): Promise<boolean> {
  return run(tool, ['--version']).then(
    () => true,
    () => false,
  );
}

/** Runs statements one by one; answers how many milliseconds they took, as psql itself measured it. */
export async function psql(url: string, ...statements: string[]): Promise<number> {
  const commands = ['\\timing on', ...statements].flatMap((statement) => ['-c', statement]);
  const { stdout } = await run('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', url, ...commands]);
  return [...stdout.matchAll(/^Time: ([\d.]+) ms/gm)].reduce((sum, [, ms]) => sum + Number(ms), 0);
}

export interface PgbenchOptions {
  url: string;
  script: string;
  concurrency: number;
  transactions: number;
  /** Of the script's `:names`; sent as parameters. */
  values: Record<string, string>;
}

/** Transactions a second, the time to connect left out. */
export async function pgbench({
  url,
  script,
  concurrency,
  transactions,
  values,
}: PgbenchOptions): Promise<number> {
  const parameters = Object.entries(values).flatMap(([name, value]) => ['-D', `${name}=${value}`]);
  const bounds = ['-c', String(concurrency), '-t', String(Math.ceil(transactions / concurrency))];
  const { stdout } = await run('pgbench', [
    '-n',
    '-M',
    'extended',
    '-f',
    script,
    ...bounds,
    ...parameters,
    url,
  ]);
  return Number(/^tps = ([\d.]+)/m.exec(stdout)?.[1]);
}
