/** Chromium for tests of the pages: found by its usual names, without a window. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, launch, type Page } from 'puppeteer-core';

/** As .ci/setup.mjs looks for it. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

/** Undefined where there is none: what needs it is skipped, which CI does not accept. */
export const CHROMIUM: string | undefined = findChromium();

export function launchChromium(executablePath: string): Promise<Browser> {
  const isRoot = process.getuid?.() === 0;
  return launch({
    executablePath,
    args: ['--disable-dev-shm-usage', ...(isRoot ? ['--no-sandbox'] : [])],
  });
}

export interface WatchedPage {
  readonly page: Page;
  /** Errors of scripts and what the console was told as an error. */
  readonly errors: string[];
  /** Every address that was asked for, apart from data. */
  readonly requested: string[];
}

export interface Screen {
  readonly width: number;
  readonly height: number;
  readonly scheme: 'light' | 'dark';
}

export const DESKTOP: Screen = { width: 1280, height: 900, scheme: 'light' };
export const PHONE: Screen = { width: 360, height: 740, scheme: 'light' };

/** A page in a context of its own: cookies are not shared between tests. */
export async function openPage(browser: Browser, screen: Screen): Promise<WatchedPage> {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  const errors: string[] = [];
  const requested: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warn') errors.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith('data:')) requested.push(request.url());
  });
  const { width, height, scheme } = screen;
  await page.setViewport({ width, height, isMobile: width < 500, hasTouch: width < 500 });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  return { page, errors, requested };
}
