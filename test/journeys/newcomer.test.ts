import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { cacheFolder } from '../../src/embedded/cache-folder.ts';
import { findTemporal } from '../../src/embedded/temporal.ts';
import { launchBrowser, unpackTimeoutMs } from '../web/browser.ts';
import { openCaller } from './support/caller.ts';
import { openScene, ownPorts, type Scene } from './support/scene.ts';
import { until } from './support/until.ts';

const ROOT = join(import.meta.dirname, '../..');

let scene: Scene;
let browser: Browser;
let baseUrl: string;
let temporalAddress: string;

beforeAll(async () => {
  scene = await openScene();
  const ports = await ownPorts();
  baseUrl = `http://127.0.0.1:${ports.PORT}`;
  temporalAddress = `127.0.0.1:${ports.TEMPORAL_PORT}`;
  const program = scene.run({ role: 'start', environment: ports });
  [browser] = await Promise.all([launchBrowser(), program.says('Stop with Ctrl-C')]);
}, unpackTimeoutMs);

afterAll(async () => {
  await browser.close();
  await scene.close();
});

async function openPage(size: { width: number; height: number }, colorScheme: 'light' | 'dark') {
  const context = await browser.newContext({ viewport: size, colorScheme });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== baseUrl) complaints.push(`asked ${request.url()}`);
  });
  return { page, complaints, close: () => context.close() };
}

async function askAndRate(page: Page): Promise<void> {
  await page.goto(baseUrl);
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByRole('button', { name: 'Helpful', exact: true }).click();
  await page.getByRole('button', { name: 'Change' }).waitFor();
}

/** `UPDATE_SCREENSHOTS=1` writes the README's picture anew. */
async function keepPicture(page: Page): Promise<void> {
  if (!process.env.UPDATE_SCREENSHOTS) return;
  await mkdir(join(ROOT, 'docs'), { recursive: true });
  await page.evaluate('window.scrollTo(0, 0)');
  await page.screenshot({ path: join(ROOT, 'docs/page.png') });
}

describe('the page that npm start serves', () => {
  test('gives a real answer to its first question and stores the thumb on it', async () => {
    const { page, complaints, close } = await openPage({ width: 1280, height: 860 }, 'light');
    await askAndRate(page);
    expect(await page.getByText('Reference answer of QuixBugs').count()).toBe(1);
    expect(await page.getByText('Gemini emulator').count()).toBeGreaterThan(0);
    await keepPicture(page);
    await until('the thumb is counted', async () => {
      const { info } = await openCaller(baseUrl).get('/api/v1/ai/feedback/stats');
      return JSON.stringify(info).includes('"positive_count":1');
    });
    expect(complaints).toEqual([]);
    await close();
  });

  test('works on a phone in the dark', async () => {
    const { page, complaints, close } = await openPage({ width: 390, height: 844 }, 'dark');
    await askAndRate(page);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    expect(complaints).toEqual([]);
    await close();
  });

  test('has API pages that load under their own policy and list every route', async () => {
    const { page, complaints, close } = await openPage({ width: 1280, height: 860 }, 'light');
    await page.goto(`${baseUrl}/docs`);
    await page.getByText('/api/v1/ai/explain').first().waitFor();
    await page.getByText('/api/v1/rollouts').first().waitFor();
    expect(complaints).toEqual([]);
    await close();
  });
});

/** Lines of the README's block on use, without comments; a line that ends with a backslash goes on. */
async function readmeCommands(): Promise<string[]> {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const block = readme.split('## Use it')[1]?.split('```sh')[1]?.split('```')[0] ?? '';
  const lines = block.replaceAll('\\\n', ' ').split('\n');
  return lines.filter((line) => line.trim() !== '' && !line.startsWith('#'));
}

describe('the commands of the README', () => {
  test('work as printed, from the answer to the export', async () => {
    const bin = join(scene.folder, 'bin');
    await mkdir(bin);
    const program = await findTemporal({
      cacheDir: await cacheFolder(scene.dataDir),
      progress: () => undefined,
    });
    await symlink(program, join(bin, 'temporal'));
    const commands = await readmeCommands();
    expect(commands.length).toBeGreaterThanOrEqual(6);
    let requestId = '';
    for (const printed of commands) {
      const command = printed
        .replaceAll('localhost:8086', new URL(baseUrl).host)
        .replace('REQUEST_ID', requestId)
        .replace(/^tail -f/, 'tail -n 500');
      const env = {
        PATH: `${bin}:${process.env.PATH}`,
        HOME: scene.folder,
        TEMPORAL_ADDRESS: temporalAddress,
      };
      const ran = await promisify(execFile)('sh', ['-ec', command], { cwd: scene.folder, env });
      requestId = /"request_id":"([^"]+)"/.exec(ran.stdout)?.[1] ?? requestId;
      expect({ printed, failed: ran.stdout.includes('"ok":false') }).toEqual({ printed, failed: false });
      if (printed.startsWith('temporal')) await until('the export is finished', exportIsFinished);
    }
    expect(await readFile(join(scene.folder, 'export.jsonl'), 'utf8')).toContain('"contents"');
  });
});

async function exportIsFinished(): Promise<boolean> {
  const log = await readFile(join(scene.folder, 'logs/ai-service.log'), 'utf8');
  return log.includes('feedback_export.finished');
}
