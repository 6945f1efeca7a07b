import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, unpackTimeoutMs } from './browser.ts';
import { type BuiltPage, buildPage } from './built-page.ts';
import { askAndWait, desk, openPage, phone } from './opened-page.ts';
import { type PageServer, startPageServer } from './page-server.ts';

const richAnswer = [
  '## What goes wrong\n\nThe search goes on from `mid`, not from `mid + 1`:\n\n',
  '```python\nreturn binsearch(mid + 1, end)  # was binsearch(mid, end), which calls itself for ever on two\n```\n\n',
  '#### In detail\n\n1. one\n2. two\n\n> quoted\n\n| input | before | after |\n|---|---|---|\n| `[3, 4], 4` | error | 1 |\n\n',
  'See [the docs](https://docs.python.org/3/library/bisect.html).',
];

const views = [
  { view: 'phone, light', context: { ...phone, colorScheme: 'light' } },
  { view: 'phone, dark', context: { ...phone, colorScheme: 'dark' } },
  { view: 'desk, light', context: { ...desk, colorScheme: 'light' } },
  { view: 'desk, dark', context: { ...desk, colorScheme: 'dark' } },
] as const;

describe('the page for everyone', () => {
  let built: BuiltPage;
  let browser: Browser;
  let server: PageServer;

  beforeAll(async () => {
    [built, browser] = await Promise.all([buildPage(), launchBrowser()]);
    server = await startPageServer(built);
  }, unpackTimeoutMs);
  afterAll(async () => {
    await browser.close();
    await server.close();
    await built.remove();
  });

  it.each(views)('has no axe violation in any state ($view)', async ({ context }) => {
    const { page, complaints, close } = await openPage({ browser, server, context });
    await page.getByText('Gemini emulator.').waitFor();
    expect(await violations(page)).toEqual([]);

    server.answerWith({ pieces: richAnswer, ending: 'hang' });
    await page.getByRole('button', { name: 'Send' }).click();
    await page.locator('.markdown a').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Stop' }).click();

    server.answerWith({ pieces: richAnswer });
    await askAndWait(page);
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Helpful', exact: true }).click();
    await page.getByRole('button', { name: 'Change' }).waitFor();
    expect(await violations(page)).toEqual([]);

    server.answerWith({ pieces: ['The first part'], ending: 'cut' });
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('button', { name: 'Try again' }).waitFor();
    expect(await violations(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });

  it.each([320, 390, 1440])('never scrolls sideways at %i pixels', async (width) => {
    server.answerWith({ pieces: [...richAnswer, `\n\n${'unbroken'.repeat(40)}`] });
    const { page, close } = await openPage({
      browser,
      server,
      context: { viewport: { width, height: 800 } },
    });
    await page.getByRole('radio', { name: 'Hint' }).check();
    await askAndWait(page);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    await close();
  });

  it('gives a finger at least 44 pixels for every control', async () => {
    server.answerWith({ pieces: richAnswer });
    const { page, close } = await openPage({ browser, server, context: phone });
    await askAndWait(page);
    const controls = page.locator('button, select, textarea, .radio-row label, footer a');
    const tooSmall: string[] = [];
    for (const control of await controls.all()) {
      const box = await control.boundingBox();
      if (Math.round(box?.height ?? 0) < 44) tooSmall.push(`${await control.textContent()}`);
    }
    expect(tooSmall).toEqual([]);
    await close();
  });

  it('stands still where reduced motion is asked for', async () => {
    server.answerWith({ pieces: ['Half'], ending: 'hang' });
    const { page, close } = await openPage({ browser, server });
    await page.getByRole('button', { name: 'Send' }).click();
    await page.locator('.markdown').waitFor();
    expect(await page.evaluate('document.getAnimations().length')).toBe(0);
    await close();
  });
});

/** Each violation as "rule: first element at fault". */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found: unknown = await page.evaluate(
    'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes[0].html))',
  );
  return Array.isArray(found) ? found.map(String) : [`axe gave ${String(found)}`];
}
