import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { PageServer } from './page-server.ts';

export const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true } as const;
export const desk = { viewport: { width: 1440, height: 900 } } as const;

export type OpenedPage = {
  page: Page;
  /** Console errors, uncaught exceptions, policy violations and requests to other hosts so far. */
  complaints: string[];
  close: () => Promise<void>;
};

/** Less than a test's own limit, so that a failure names the step it waited for. */
const stepTimeoutMs = 10_000;

type OpenOptions = { browser: Browser; server: PageServer; context?: BrowserContextOptions };

/** Opens the page in a browser context of its own and collects everything that must not happen. */
export async function openPage({ browser, server, context = desk }: OpenOptions): Promise<OpenedPage> {
  const browserContext = await browser.newContext({ reducedMotion: 'reduce', ...context });
  const page = await browserContext.newPage();
  page.setDefaultTimeout(stepTimeoutMs);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
  page.on('console', (line) => {
    if (['error', 'warning'].includes(line.type())) complaints.push(`console: ${line.text()}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(server.url)) complaints.push(`request to ${request.url()}`);
  });
  await page.goto(server.url);
  await page.getByRole('button', { name: 'Send' }).waitFor();
  return { page, complaints, close: () => browserContext.close() };
}

/** Sends what stands in the form and waits until the answer can be rated. */
export async function askAndWait(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByRole('button', { name: 'Helpful', exact: true }).waitFor();
}
