import { execFile } from 'node:child_process';
import { chown, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const NOBODY = 65_534;

/** How to start a program that refuses to run as root: words before the command, or another user. */
export type RunAs = { prefix: string[]; ids?: { uid: number; gid: number } };

/**
 * Finds a way to run a program on `folder` without being root; nothing special where we are not root.
 *
 * As root: in a user namespace of its own, where root looks like an ordinary user and the files stay
 * root's; where that is not allowed (many containers), as the user `nobody`, or as whoever owns the
 * folder already, with the one capability that lets it enter a path under /root. The folder is handed
 * to that user.
 */
export async function withoutRoot(folder: string): Promise<RunAs> {
  if (process.getuid?.() !== 0) return { prefix: [] };
  const owner = (await stat(folder)).uid;
  const namespace = ['unshare', '--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`, '--'];
  if (owner === 0 && (await works(namespace))) return { prefix: namespace };
  const user = owner === 0 ? NOBODY : owner;
  await handOver(folder, user);
  const dropped = [
    'setpriv',
    `--reuid=${user}`,
    `--regid=${user}`,
    '--clear-groups',
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
    '--',
  ];
  if (await works(dropped)) return { prefix: dropped };
  return { prefix: [], ids: { uid: user, gid: user } };
}

async function works([command = '', ...args]: string[]): Promise<boolean> {
  return run(command, [...args, 'true'], { timeout: 5000 }).then(
    () => true,
    () => false,
  );
}

async function handOver(folder: string, user: number): Promise<void> {
  const entries = await readdir(folder, { recursive: true });
  await Promise.all(
    [folder, ...entries.map((entry) => join(folder, entry))].map((path) => chown(path, user, user)),
  );
}
