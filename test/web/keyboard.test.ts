import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Locator } from 'playwright-core';
import { launchBrowser, unpackTimeoutMs } from './browser.ts';
import { type BuiltPage, buildPage } from './built-page.ts';
import { openPage } from './opened-page.ts';
import { type PageServer, startPageServer } from './page-server.ts';

/** The element that shows the focus: of a radio button it is the label around it. */
const focusIsVisible =
  '[document.activeElement, document.activeElement.closest("label")]' +
  '.some((node) => node && getComputedStyle(node).outlineStyle === "solid")';

describe('the page without a mouse', () => {
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

  it('asks, rates and changes the rating by keyboard alone, the focus always visible and never lost', async () => {
    server.answerWith({ pieces: ['Use `mid + 1`.'] });
    const { page, complaints, close } = await openPage({ browser, server });
    const press = (key: string) => page.keyboard.press(key);
    const button = (name: string) => page.getByRole('button', { name, exact: true });
    const isFocused = async (target: Locator) => {
      await target.and(page.locator(':focus')).waitFor();
      expect(await page.evaluate(focusIsVisible)).toBe(true);
    };
    const tabTo = async (target: Locator) => {
      await press('Tab');
      await isFocused(target);
    };

    await tabTo(page.getByRole('link', { name: 'Skip to the question' }));
    await press('Enter');
    await tabTo(page.getByRole('radio', { name: 'Explain' }));
    await press('ArrowRight');
    await isFocused(page.getByRole('radio', { name: 'Hint' }));
    await tabTo(page.getByRole('radio', { name: 'Small' }));
    await tabTo(page.getByRole('combobox', { name: 'Language' }));
    await tabTo(page.getByRole('textbox', { name: 'Code' }));
    await tabTo(page.getByRole('textbox', { name: 'Question (optional)' }));
    await tabTo(button('Send'));
    await press('Enter');
    await button('Helpful').waitFor();
    await isFocused(button('Send'));

    await tabTo(button('Copy answer'));
    await tabTo(button('Helpful'));
    await press('Space');
    await isFocused(button('Change'));
    await press('Enter');
    await isFocused(button('Helpful'));
    await tabTo(button('Not helpful'));
    await press('Enter');
    await isFocused(button('Change'));

    expect(server.rated.map(({ isPositive }) => isPositive)).toEqual([true, false]);
    expect(complaints).toEqual([]);
    await close();
  });

  it('sends from the code box with Control and Enter, and stops with the focus back on Send', async () => {
    server.answerWith({ pieces: ['Half'], ending: 'hang' });
    const { page, close } = await openPage({ browser, server });
    await page.getByRole('textbox', { name: 'Code' }).focus();
    await page.keyboard.press('Control+Enter');
    const stop = page.getByRole('button', { name: 'Stop' });
    await stop.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Send' }).and(page.locator(':focus')).waitFor();
    await close();
  });
});
