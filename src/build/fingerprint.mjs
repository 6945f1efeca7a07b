import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const INPUTS = ['src', 'workflows', 'activities', 'bench', 'web', 'tsconfig.json'];
const STAMP = 'dist/.built.json';

/**
 * What the build depends on, in one short string: size and time of each source, and the lock file's content.
 * @param {string} root
 */
export function fingerprint(root) {
  const hash = createHash('sha256');
  for (const input of INPUTS) addPath(hash, join(root, input));
  hash.update(readFileSync(join(root, 'package-lock.json')));
  return hash.digest('hex');
}

/** @param {import('node:crypto').Hash} hash @param {string} path */
function addPath(hash, path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return;
  if (!stat.isDirectory()) {
    hash.update(`${path}\0${stat.size}\0${stat.mtimeMs}\n`);
    return;
  }
  for (const name of readdirSync(path).sort()) addPath(hash, join(path, name));
}

/**
 * The fingerprint that the present `dist` was built from; null where there is no whole build.
 * @param {string} root
 */
export function builtFrom(root) {
  const path = join(root, STAMP);
  if (!existsSync(path)) return null;
  try {
    return JSON.parse(readFileSync(path, 'utf8')).fingerprint;
  } catch {
    return null;
  }
}

/** Written last, so that a build that was killed does not pass for a whole one. @param {string} root @param {string} value */
export function markBuilt(root, value) {
  writeFileSync(join(root, STAMP), `${JSON.stringify({ fingerprint: value })}\n`);
}

/** @param {string} root */
export function markUnbuilt(root) {
  rmSync(join(root, STAMP), { force: true });
}
