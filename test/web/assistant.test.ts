import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchBrowser, unpackTimeoutMs } from './browser.ts';
import { type BuiltPage, buildPage } from './built-page.ts';
import { askAndWait, type OpenedPage, openPage } from './opened-page.ts';
import { type PageServer, startPageServer } from './page-server.ts';

const green = 'rgb(18, 116, 58)';
const red = 'rgb(179, 38, 30)';

describe('the assistant in a real browser', () => {
  let built: BuiltPage;
  let browser: Browser;
  let server: PageServer;
  let opened: OpenedPage;

  beforeAll(async () => {
    [built, browser] = await Promise.all([buildPage(), launchBrowser()]);
  }, unpackTimeoutMs);
  beforeEach(async () => {
    server = await startPageServer(built);
    opened = await openPage({ browser, server, context: { colorScheme: 'light' } });
  });
  afterEach(async () => {
    await opened.close();
    await server.close();
  });
  afterAll(async () => {
    await browser.close();
    await built.remove();
  });

  const button = (name: string) => opened.page.getByRole('button', { name, exact: true });
  const pressedColour = () =>
    opened.page.evaluate('getComputedStyle(document.querySelector("[aria-pressed=true]")).backgroundColor');
  const says = (text: string) => opened.page.getByRole('status').filter({ hasText: text }).waitFor();

  it('opens with a question that the emulator knows and sends it unchanged', async () => {
    await askAndWait(opened.page);
    expect(server.asked).toHaveLength(1);
    const { path, body } = server.asked[0]!;
    expect(path).toBe('/api/v1/ai/explain');
    expect(body).toMatchObject({ language: 'python', question: 'Exactly one line is wrong.' });
    expect(String(body.code)).toMatch(/^def find_in_sorted\(arr, x\):\n[\s\S]*"""\n$/);
    expect(body).not.toHaveProperty('level');
    expect(opened.complaints).toEqual([]);
  });

  it('shows the answer growing, and thumbs only once it is complete', async () => {
    let goOn: () => void = () => undefined;
    const goesOn = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    server.answerWith({ pieces: ['one ', 'two ', 'three ', 'four'], goesOn });
    await button('Send').click();
    const answer = opened.page.locator('.markdown');
    await answer.filter({ hasText: 'one' }).waitFor();
    expect((await answer.textContent())?.trim()).toBe('one');
    expect(await button('Helpful').count()).toBe(0);
    goOn();
    await button('Helpful').waitFor();
    expect(await answer.textContent()).toBe('one two three four');
    await says('Answer ready. You can rate it.');
    expect(opened.complaints).toEqual([]);
  });

  it('stores a thumb up in green, disables both, and lets Change turn it into a red thumb down', async () => {
    await askAndWait(opened.page);
    await button('Helpful').click();
    await says('Marked helpful.');
    expect(await pressedColour()).toBe(green);
    expect(await button('Helpful').getAttribute('aria-pressed')).toBe('true');
    expect(await button('Helpful').isDisabled()).toBe(true);
    expect(await button('Not helpful').isDisabled()).toBe(true);

    await button('Change').click();
    expect(await button('Not helpful').isEnabled()).toBe(true);
    await button('Not helpful').click();
    await says('Marked not helpful.');
    expect(await pressedColour()).toBe(red);
    expect(await button('Helpful').getAttribute('aria-pressed')).toBe('false');
    expect(server.rated.map(({ isPositive }) => isPositive)).toEqual([true, false]);
    expect(new Set(server.rated.map(({ requestId }) => requestId)).size).toBe(1);
    expect(opened.complaints).toEqual([]);
  });

  it('stores a double click once', async () => {
    await askAndWait(opened.page);
    await button('Helpful').dblclick();
    await says('Marked helpful.');
    expect(server.rated).toHaveLength(1);
  });

  it('takes an unsaved thumb back and stores it by Retry', async () => {
    await askAndWait(opened.page);
    server.refuseThumbs({ status: 503, code: 'database_unavailable', message: 'The database is down.' });
    await button('Helpful').click();
    await says('Not saved.');
    expect(await button('Helpful').getAttribute('aria-pressed')).toBe('false');
    server.refuseThumbs(undefined);
    await button('Retry').click();
    await says('Marked helpful.');
    expect(server.rated).toHaveLength(1);
  });

  it('says that an answer is too old to rate, or that its rating was used already', async () => {
    await askAndWait(opened.page);
    server.refuseThumbs({ status: 404, code: 'context_expired', message: 'Expired.' });
    await button('Helpful').click();
    await says('too old to rate');
    expect(await button('Not helpful').isDisabled()).toBe(true);

    server.refuseThumbs(undefined);
    await button('Send').click();
    await says('Answer ready.');
    await button('Helpful').click();
    await says('Marked helpful.');
    server.refuseThumbs({ status: 409, code: 'already_exported', message: 'Exported.' });
    await button('Change').click();
    await button('Not helpful').click();
    await says('already used for training data');
    expect(await button('Helpful').getAttribute('aria-pressed')).toBe('true');
    expect(await button('Change').count()).toBe(0);
  });

  it('stops on the server too, keeps what came, and offers no thumbs', async () => {
    server.answerWith({ pieces: ['Half an answer'], ending: 'hang' });
    await button('Send').click();
    await opened.page.locator('.markdown').filter({ hasText: 'Half an answer' }).waitFor();
    await button('Stop').click();
    await says('Stopped.');
    await server.abandoned;
    expect(await opened.page.locator('.markdown').textContent()).toBe('Half an answer');
    expect(await button('Helpful').count()).toBe(0);
  });

  it.each(['error', 'cut'] as const)(
    'calls a stream that ends with %s broken off, and asks again',
    async (ending) => {
      server.answerWith({ pieces: ['The first part'], ending });
      await button('Send').click();
      await says('The answer broke off. What arrived is below.');
      expect(await opened.page.locator('.markdown').textContent()).toBe('The first part');
      expect(await button('Helpful').count()).toBe(0);
      server.answerWith({ pieces: ['All of it'] });
      await button('Try again').click();
      await says('Answer ready.');
      expect(server.asked.map(({ body }) => body)).toEqual([server.asked[0]!.body, server.asked[0]!.body]);
      expect(opened.complaints).toEqual([]);
    },
  );

  it.each([
    { status: 503, code: 'model_unavailable', words: 'The model is not answering right now.' },
    { status: 504, code: 'model_timeout', words: 'nothing was stored' },
    { status: 422, code: 'blocked', words: 'The model declined this request.' },
    { status: 429, code: 'rate_limited', words: 'Try again in 18 s.' },
    { status: 500, code: 'internal', words: 'It broke. Your code is still here.' },
  ])('puts $status $code into words and keeps the code', async ({ status, code, words }) => {
    server.answerWith({
      pieces: [],
      refusal: { status, code, message: 'It broke.', headers: { 'retry-after': '18' } },
    });
    await button('Send').click();
    await says(words);
    expect(await opened.page.getByLabel('Code', { exact: true }).inputValue()).toContain('find_in_sorted');
    expect(await button('Helpful').count()).toBe(0);
  });

  it('asks for a hint with its level, and says that the emulator answers', async () => {
    await opened.page.getByRole('radio', { name: 'Hint' }).check();
    await opened.page.getByRole('radio', { name: 'Large' }).check();
    await askAndWait(opened.page);
    expect(server.asked[0]).toMatchObject({ path: '/api/v1/ai/hint', body: { level: 3 } });
    await opened.page.getByRole('heading', { name: 'Hint: large' }).waitFor();
    await opened.page.getByText('Gemini emulator.').waitFor();
    expect(await opened.page.getByRole('link', { name: 'Temporal Web UI' }).getAttribute('href')).toBe(
      'http://127.0.0.1:8233',
    );
  });
});
