/** The status page in a browser. */
import test, { type ExecutionContext } from 'ava';
import type { Browser, Page } from 'puppeteer-core';
import { serve } from '#src/http/serve.js';
import type { StatusDocument } from '#src/http/status-document.js';
import type { ServeOptions } from '#src/index.js';
import { withVolume } from '../support/temporary-volume.js';
import {
  CHROMIUM,
  DESKTOP,
  launchChromium,
  openPage,
  PHONE,
  type Screen,
  type WatchedPage,
} from './browser.js';
import { type ServedFake, withServer } from './client.js';

const TOKEN = 'a-token-of-some-length';

/** Where there is no Chromium these are skipped: install the package `chromium`. */
const browserTest = CHROMIUM !== undefined ? test : test.skip;

let browser: Browser;

if (CHROMIUM !== undefined) {
  test.before(async () => {
    browser = await launchChromium(CHROMIUM as string);
  });
  test.after.always(() => browser?.close());
} else {
  console.log(
    '# No Chromium in PATH: tests of the page are skipped. Install the package chromium.',
  );
}

interface Shown extends ServedFake, WatchedPage {}

/** Serves a fake volume, opens its page and runs `work` with both. */
async function withPage(
  options: ServeOptions,
  screen: Screen,
  work: (shown: Shown) => Promise<void>,
): Promise<void> {
  await withServer(options, async (served) => {
    const watched = await openPage(browser, screen);
    try {
      await watched.page.goto(served.server.url);
      await work({ ...served, ...watched });
    } finally {
      await watched.page.browserContext().close();
    }
  });
}

function verdict(page: Page, expected: string): Promise<unknown> {
  return page.waitForFunction(`document.body.dataset.verdict === '${expected}'`);
}

function textOf(page: Page, selector: string): Promise<string> {
  return page.$eval(selector, (element) => element.textContent ?? '');
}

/** What an expression in the page gives. */
async function inPage<T>(page: Page, expression: string): Promise<T> {
  return (await page.evaluate(expression)) as T;
}

async function assertNoOverflow(t: ExecutionContext, page: Page, width: number): Promise<void> {
  t.is(await inPage(page, 'document.documentElement.scrollWidth'), width);
  const wider = await inPage<string[]>(
    page,
    `[...document.querySelectorAll('main *')]
      .filter((each) => each.getBoundingClientRect().right > innerWidth + 0.5)
      .map((each) => each.tagName + '.' + each.className)`,
  );
  t.deepEqual(wider, []);
}

browserTest('it loads without an error and asks nobody but its server', async (t) => {
  await withPage({}, DESKTOP, async ({ page, server, errors, requested, volume }) => {
    await verdict(page, 'ok');
    t.is(await textOf(page, '#banner-title'), 'Healthy');
    t.is(await textOf(page, '#volume-name'), 'project.cabinet');
    t.is(await textOf(page, '#volume-path'), volume.path);
    t.is(await page.title(), 'Healthy · project.cabinet');
    t.is((await page.$$('.check')).length, 13);
    t.is((await page.$$('#records tr')).length, 4);
    t.is((await page.$$('.chart svg.plot')).length, 4);
    t.regex(await textOf(page, '#figures'), /412 MiB.*4 MiB.*47 GiB.*24 min ago.*26 h ago/s);
    t.deepEqual(errors, []);
    t.deepEqual(
      requested.filter((url) => !url.startsWith(server.url)),
      [],
    );
  });
});

browserTest('the charts move while writes come and go', async (t) => {
  await withPage({}, DESKTOP, async ({ page, volume, errors }) => {
    await verdict(page, 'ok');
    let commits = 0;
    const work = setInterval(() => {
      commits += 20;
      volume.commits = { count: commits, seconds: commits * 0.0025 };
      volume.operations = commits * 9;
      volume.queueDepth = 300 + (commits % 70);
      volume.walBytes += 100_000;
    }, 50);
    try {
      // Two points make a line.
      await page.waitForFunction(`document.querySelectorAll('path.line').length === 5`);
      const lines = (): Promise<string[]> =>
        page.$$eval('path.line', (paths) => paths.map((path) => path.getAttribute('d') ?? ''));
      const before = await lines();
      await page.waitForFunction(
        `[...document.querySelectorAll('path.line')].every((line) => line.getAttribute('d').split('L').length > 2)`,
      );
      t.true((await lines()).every((line, index) => line !== before[index]));
      t.regex(await textOf(page, '.chart:nth-child(1) .readings'), /^3\d\d$/);
      t.is(await textOf(page, '.chart:nth-child(3) .readings'), '2.5 ms');
      const label = await page.$eval('.chart:nth-child(4) svg', (svg) => svg.ariaLabel);
      t.regex(label ?? '', /^Throughput: operations\/s [\d,]+, highest .*; commits\/s \d/);
    } finally {
      clearInterval(work);
    }
    t.deepEqual(errors, []);
  });
});

browserTest('the charts move while a real writer works', async (t) => {
  await withVolume(t, {}, async ({ volume, file }) => {
    await using server = await volume.serve({ port: 0 });
    const { page, errors } = await openPage(browser, DESKTOP);
    let isWatched = true;
    const work = (async () => {
      for (let index = 0; isWatched; index += 1) {
        await volume.fs.promises.writeFile(`/${index % 50}`, 'x'.repeat(20_000));
      }
    })();
    try {
      await page.goto(server.url);
      await page.waitForFunction(
        `[...document.querySelectorAll('path.line')].filter((line) => line.getAttribute('d').split('L').length > 2).length === 5`,
      );
      t.is(await textOf(page, '#volume-path'), file);
      t.regex(await textOf(page, '.chart:nth-child(2) .readings'), /[KM]iB$/);
      t.regex(await textOf(page, '.chart:nth-child(3) .readings'), /(µs|ms|s)$/);
      t.regex(await textOf(page, '#records'), /Check.*Done/);
      t.deepEqual(errors, []);
    } finally {
      isWatched = false;
      await work;
      await page.browserContext().close();
    }
  });
});

browserTest('the value under the pointer is told with its time', async (t) => {
  await withPage({}, DESKTOP, async ({ page }) => {
    await verdict(page, 'ok');
    await page.hover('.chart:nth-child(2) svg.plot');
    await page.waitForSelector('.chart:nth-child(2) line.pointer');
    t.regex(await textOf(page, '.chart:nth-child(2) .note'), /^at \d\d:\d\d:\d\d/);
    await page.mouse.move(0, 0);
    await page.waitForFunction(`document.querySelector('line.pointer') === null`);
    t.regex(await textOf(page, '.chart:nth-child(2) .note'), /^peak 4 MiB · limit 100 MiB$/);
  });
});

browserTest('a status that changes is shown, by word and shape, worst first', async (t) => {
  await withPage({}, DESKTOP, async ({ page, volume, errors }) => {
    await verdict(page, 'ok');
    volume.status = 'degraded';
    await verdict(page, 'degraded');
    t.regex(await textOf(page, '#banner-lines'), /Write-ahead log: The log is longer/);
    t.is(await textOf(page, '#checks-count'), '2 to look at, 10 fine');
    volume.status = 'unhealthy';
    volume.state = 'failed';
    await verdict(page, 'unhealthy');
    t.is(await textOf(page, '#banner-title'), 'Unhealthy – the volume is failed');
    const checks = await page.$$eval('.check', (items) =>
      items
        .slice(0, 4)
        .map((item) => [
          item.querySelector('.chip')?.textContent,
          item.querySelector('use')?.getAttribute('href'),
          (item as unknown as { dataset: { check: string } }).dataset.check,
        ]),
    );
    t.deepEqual(checks, [
      ['Unhealthy', '#icon-unhealthy', 'writer'],
      ['Degraded', '#icon-degraded', 'wal'],
      ['Unknown', '#icon-unknown', 'integrity'],
      ['OK', '#icon-ok', 'queueDepth'],
    ]);
    volume.status = 'healthy';
    volume.state = 'open';
    await verdict(page, 'ok');
    t.is(await textOf(page, '#banner-title'), 'Healthy');
    t.deepEqual(errors, []);
  });
});

browserTest(
  'a server that is gone is told with the time of its last answer, and found again',
  async (t) => {
    await withPage({}, DESKTOP, async ({ page, volume, server }) => {
      await verdict(page, 'ok');
      await page.waitForFunction(`Number(document.body.dataset.samples) >= 3`);
      await server.close();
      await verdict(page, 'stale');
      t.regex(await textOf(page, '#banner-title'), /^No answer since \d\d:\d\d:\d\d$/);
      t.regex(await page.title(), /^No answer since .* · project\.cabinet$/);
      // Another server at the same place counts its samples from the beginning.
      await using again = await serve(volume, { port: server.port });
      await verdict(page, 'ok');
      t.is(await textOf(page, '#banner-title'), 'Healthy');
      const shown = Number(await inPage(page, 'document.body.dataset.samples'));
      const status = (await (await fetch(`${again.url}/status.json`)).json()) as StatusDocument;
      t.true(shown <= status.samples.length, `${shown} of ${status.samples.length}`);
    });
  },
);

browserTest('a hidden tab asks nothing, and asks at once when it is seen again', async (t) => {
  await withPage({}, DESKTOP, async ({ page, requested }) => {
    await verdict(page, 'ok');
    const hide = (hidden: boolean): Promise<unknown> =>
      page.evaluate(
        `Object.defineProperty(document, 'hidden', { configurable: true, value: ${hidden} });
         document.dispatchEvent(new Event('visibilitychange'));`,
      );
    await hide(true);
    // What was under way may still end; afterwards two rounds go by.
    await page.waitForNetworkIdle({ idleTime: 4500 });
    const before = requested.length;
    await hide(false);
    await page.waitForRequest((request) => request.url().includes('/status.json'));
    t.true(requested.length > before);
  });
});

browserTest('nothing of a volume becomes markup', async (t) => {
  const markup = '<img src=x onerror="document.title=1"><b>bold</b>';
  await withPage({}, DESKTOP, async ({ page, volume, errors }) => {
    await verdict(page, 'ok');
    const health = volume.health.bind(volume);
    volume.health = () => {
      const { checks, ...rest } = health();
      const wal = { ...checks.wal, status: 'degraded', message: markup, value: markup } as never;
      return {
        ...rest,
        status: 'degraded',
        path: `/data/${markup}`,
        checks: { ...checks, wal, [markup]: wal },
      };
    };
    volume.recordList = volume.recordList.map((record) => {
      return { ...record, ok: false, detail: { message: markup }, kind: markup as 'check' };
    });
    await verdict(page, 'degraded');
    await page.waitForFunction(`document.querySelectorAll('#records .reason').length === 4`);
    t.is(await textOf(page, '#volume-path'), `/data/${markup}`);
    t.is((await page.$$('main img, #rest b b, #banner b b')).length, 0);
    t.true((await textOf(page, '#records')).includes(markup));
    t.deepEqual(errors, []);
  });
});

for (const [name, screen] of [
  ['a phone', PHONE],
  ['a phone in the dark', { ...PHONE, scheme: 'dark' }],
  ['a narrow phone', { ...PHONE, width: 320 }],
  ['a tablet', { ...DESKTOP, width: 768 }],
] as const) {
  browserTest(`on ${name} nothing is wider than the screen`, async (t) => {
    await withPage({}, screen, async ({ page, volume, errors }) => {
      volume.status = 'unhealthy';
      await verdict(page, 'unhealthy');
      await assertNoOverflow(t, page, screen.width);
      t.deepEqual(errors, []);
    });
  });
}

/** Contrast of text to what is behind it, as WCAG defines it. */
const CONTRASTS = `(() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = (colour) => {
    const [r, g, b] = channels(colour).map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const backgroundOf = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = getComputedStyle(each).backgroundColor;
      if (channels(colour)[3] !== 0) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '');
  return [...document.querySelectorAll('main *')].filter((each) => hasText(each) && each.checkVisibility()).map((each) => {
    const style = getComputedStyle(each);
    const [a, b] = [luminance(each.closest('svg') ? style.fill : style.color), luminance(backgroundOf(each))].sort((x, y) => y - x);
    return { text: each.textContent.slice(0, 30), ratio: (a + 0.05) / (b + 0.05) };
  });
})()`;

for (const scheme of ['light', 'dark'] as const) {
  browserTest(`all text can be read, ${scheme}`, async (t) => {
    await withPage({}, { ...DESKTOP, scheme }, async ({ page, volume }) => {
      for (const [status, shown] of [
        ['healthy', 'ok'],
        ['degraded', 'degraded'],
        ['unhealthy', 'unhealthy'],
      ] as const) {
        volume.status = status;
        await verdict(page, shown);
        const texts = await inPage<{ text: string; ratio: number }[]>(page, CONTRASTS);
        t.true(texts.length > 60);
        t.deepEqual(
          texts.filter(({ ratio }) => ratio < 4.5),
          [],
          status,
        );
      }
      const ground = await inPage<string>(page, 'getComputedStyle(document.body).backgroundColor');
      t.is(ground, scheme === 'dark' ? 'rgb(18, 20, 23)' : 'rgb(245, 245, 242)');
    });
  });
}

browserTest('with a token it asks for it once, and can sign out', async (t) => {
  await withPage({ token: TOKEN }, PHONE, async ({ page, requested }) => {
    t.is(await textOf(page, 'h1'), 'Sign in');
    await assertNoOverflow(t, page, PHONE.width);
    await page.type('#token', 'not the token');
    await page.keyboard.press('Enter');
    await page.waitForFunction(`document.querySelector('#answer').textContent.includes('spaces')`);
    await page.$eval('#token', (field) => (field as unknown as { select(): void }).select());
    await page.type('#token', 'some-other-token-of-mine');
    await page.keyboard.press('Enter');
    await page.waitForFunction(
      `document.querySelector('#answer').textContent === 'That is not the token.'`,
    );
    await page.type('#token', TOKEN);
    await page.keyboard.press('Enter');
    await verdict(page, 'ok');
    t.is(await inPage(page, 'document.cookie'), '', 'no script sees the cookie');
    t.false(requested.some((url) => url.includes(TOKEN)));
    await page.reload();
    await verdict(page, 'ok');
    await page.click('#sign-out');
    await page.waitForSelector('#login');
    await page.reload();
    t.is(await textOf(page, 'h1'), 'Sign in');
  });
});

browserTest('a volume that is open for reading only says what it does not know', async (t) => {
  await withPage({}, DESKTOP, async ({ page, volume }) => {
    volume.isReadOnly = true;
    await page.waitForFunction(
      `document.querySelector('#figures').textContent.includes('open for reading only')`,
    );
    t.regex(await textOf(page, '#figures'), /4 MiB/);
  });
});
