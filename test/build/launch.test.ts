import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const MAIN = `
export async function main(role: string, args: readonly string[]): Promise<number> {
  console.log(JSON.stringify({ role, args }));
  if (role !== 'api') return args.includes('fail') ? 3 : 0;
  const timer = setInterval(() => undefined, 1000);
  return new Promise((resolve) => process.once('SIGTERM', () => {
    clearInterval(timer);
    console.log('stopped in order');
    resolve(0);
  }));
}
`;

/** A project that is launched as this one is, with a program of a few lines. */
let project: string;
beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), 'thumbwheel-launch-'));
  await mkdir(join(project, 'src'));
  for (const path of ['package.json', 'package-lock.json', 'tsconfig.json', 'src/launch.mjs', 'src/build']) {
    await cp(join(ROOT, path), join(project, path), { recursive: true });
  }
  await symlink(join(ROOT, 'node_modules'), join(project, 'node_modules'));
  await writeFile(join(project, 'src/main.ts'), MAIN);
});
afterEach(() => rm(project, { recursive: true, force: true }));

type Launched = { code: number; stdout: string; stderr: string };

async function launch(...args: string[]): Promise<Launched> {
  const options = { cwd: tmpdir() };
  return run(process.execPath, [join(project, 'src/launch.mjs'), ...args], options).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error) => ({ code: error.code, stdout: error.stdout, stderr: error.stderr }),
  );
}

async function outputHas(child: ChildProcessByStdio<null, Readable, Readable>, text: string): Promise<void> {
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    if (String(chunk).includes(text)) return;
  }
}

describe('the launcher', () => {
  test('builds at the first start, and not again while nothing changed', async () => {
    const first = await launch('migrate', '--check');
    const second = await launch('migrate', '--check');
    expect(first.stderr).toMatch(/^Building \(first start, some seconds\) …\nBuilt in \d+\.\d s\.\n$/);
    expect(second).toEqual({ code: 0, stdout: '{"role":"migrate","args":["--check"]}\n', stderr: '' });
  });

  test('builds again when a source changed, and drops what a removed source had become', async () => {
    await writeFile(join(project, 'src/extra.ts'), 'export const extra = 1;\n');
    await launch('build');
    await stat(join(project, 'dist/src/extra.js'));
    await rm(join(project, 'src/extra.ts'));
    await writeFile(join(project, 'src/main.ts'), MAIN.replace('{ role, args }', '{ changed: role }'));
    const { stdout, stderr } = await launch('migrate');
    expect(stderr).toMatch(/^Building what changed/);
    expect(stdout).toBe('{"changed":"migrate"}\n');
    await expect(stat(join(project, 'dist/src/extra.js'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('builds once for two starts at the same time, and both run', async () => {
    const both = await Promise.all([launch('migrate'), launch('emulator')]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(both.map(({ stdout }) => JSON.parse(stdout).role)).toEqual(['migrate', 'emulator']);
    expect(both.filter(({ stderr }) => stderr.includes('Built in'))).toHaveLength(1);
  });

  test('goes on where an earlier build was killed', async () => {
    await mkdir(join(project, 'dist'));
    const { stdout: gone } = await run(process.execPath, ['-p', 'process.pid']);
    await writeFile(join(project, 'dist/.lock'), gone.trim());
    expect((await launch('migrate')).code).toBe(0);
  });

  test("shows the compiler's words and fails when a source is wrong, also the second time", async () => {
    await writeFile(join(project, 'src/main.ts'), 'export const main: number = "no";\n');
    for (const attempt of [await launch('migrate'), await launch('migrate')]) {
      expect(attempt.code).toBe(1);
      expect(attempt.stderr).toMatch(/tsc failed:\nsrc\/main\.ts.*error TS2322/);
    }
  });

  test("hands on the program's exit code", async () => {
    expect((await launch('migrate', 'fail')).code).toBe(3);
  });

  test('runs what is built where the packages to build with are not installed', async () => {
    await launch('build');
    await rm(join(project, 'node_modules'));
    await writeFile(join(project, 'src/main.ts'), 'changed');
    expect(await launch('migrate')).toMatchObject({ code: 0, stderr: '' });
    await rm(join(project, 'dist'), { recursive: true });
    expect(await launch('migrate')).toMatchObject({
      code: 1,
      stderr: 'The packages are not installed. Run `npm ci` first.\n',
    });
  });

  test('names the roles when it does not know one', async () => {
    const { code, stderr } = await launch('sing');
    expect(code).toBe(1);
    expect(stderr).toContain('Unknown role "sing". Known are: start, api, worker, migrate');
  });

  test('passes SIGTERM that npm gets on to the program', async () => {
    await launch('build');
    const npm = spawn('npm', ['run', 'api', '--silent'], { cwd: project, stdio: ['ignore', 'pipe', 'pipe'] });
    await outputHas(npm, '"api"');
    npm.kill('SIGTERM');
    await Promise.all([outputHas(npm, 'stopped in order'), once(npm, 'exit')]);
  });

  test('copies the files of the API pages', async () => {
    await launch('build');
    expect((await readFile(join(project, 'dist/api-docs/swagger-ui.css'))).length).toBeGreaterThan(1000);
  });
});
