/**
 * Starts a role: builds `dist` when a source changed (Node 20 runs no TypeScript), then runs it.
 * Plain JavaScript, because it has to run before anything is built.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { builtFrom, fingerprint, markBuilt, markUnbuilt } from './build/fingerprint.mjs';
import { alone } from './build/lock.mjs';

const ROLES = ['start', 'api', 'worker', 'migrate', 'emulator', 'demo', 'bench', 'build', 'docs'];
const OLDEST_NODE = [20, 19];
const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** @param {string} line */
const say = (line) => process.stderr.write(`${line}\n`);

process.setSourceMapsEnabled(true);
const [role = '', ...args] = process.argv.slice(2);
try {
  await launch();
} catch (error) {
  say(
    error instanceof Error && error.name !== 'Error' ? String(error.stack) : String(error?.message ?? error),
  );
  process.exit(1);
}

async function launch() {
  if (!ROLES.includes(role)) throw new Error(`Unknown role "${role}". Known are: ${ROLES.join(', ')}.`);
  checkNode();
  await ensureBuilt();
  if (role === 'build') return;
  const entry = role === 'bench' ? 'dist/bench/main.js' : 'dist/src/main.js';
  const { main } = await import(pathToFileURL(join(root, entry)).href);
  const code = role === 'bench' ? await main(args) : await main(role, args);
  if (typeof code === 'number') process.exitCode = code;
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [oldMajor, oldMinor] = OLDEST_NODE;
  if (major > oldMajor || (major === oldMajor && minor >= oldMinor)) return;
  throw new Error(`Node.js ${OLDEST_NODE.join('.')} or newer is needed, this is ${process.versions.node}.`);
}

async function ensureBuilt() {
  const canBuild = existsSync(join(root, 'node_modules/typescript'));
  const built = builtFrom(root);
  if (!canBuild && built && role !== 'build') return;
  if (!canBuild) throw new Error('The packages are not installed. Run `npm ci` first.');
  if (built === fingerprint(root)) return;
  await alone(root, say, build);
}

async function build() {
  const wanted = fingerprint(root);
  const built = builtFrom(root);
  if (built === wanted) return;
  say(built ? 'Building what changed (some seconds) …' : 'Building (first start, some seconds) …');
  const begun = performance.now();
  markUnbuilt(root);
  const { buildAll } = await import('./build/steps.mjs');
  await buildAll(root);
  markBuilt(root, wanted);
  say(`Built in ${((performance.now() - begun) / 1000).toFixed(1)} s.`);
}
