/**
 * Takes pictures of the status page, to be looked at, and the one in docs/images:
 *
 *   node build/test/http/take-screenshots.js <folder>
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { History, SAMPLE_INTERVAL_MS } from '#src/http/history.js';
import { serve } from '#src/http/serve.js';
import { CHROMIUM, DESKTOP, launchChromium, openPage, PHONE, type Screen } from './browser.js';
import { FakeVolume, type HealthName } from './fake-volume.js';

const SCREENS: Readonly<Record<string, Screen>> = {
  // First, while the samples are those of the past.
  document: { width: 1080, height: 985, scheme: 'light' },
  desktop: DESKTOP,
  dark: { ...DESKTOP, scheme: 'dark' },
  phone: PHONE,
  'phone-dark': { ...PHONE, scheme: 'dark' },
};
const STATUSES: readonly HealthName[] = ['healthy', 'degraded', 'unhealthy'];
const PAST_SAMPLES = 290;

/** Two busy times in ten minutes. */
function loadAt(age: number): number {
  const busy = (age > 140 && age < 200) || age < 70;
  return busy ? 1 + 0.4 * Math.sin(age / 5) + 0.3 * Math.random() : 0.15 + 0.05 * Math.random();
}

function live(volume: FakeVolume, age: number): void {
  const load = loadAt(age);
  const commits = Math.round(360 * load);
  volume.operations += Math.round(2800 * load);
  volume.commits = {
    count: volume.commits.count + commits,
    seconds: volume.commits.seconds + (commits * (1.2 + load * 0.8 * Math.random())) / 1000,
  };
  volume.queueDepth = Math.round((load > 0.5 ? 300 : 4) * load * Math.random());
  volume.walBytes =
    volume.status === 'healthy' ? 4e6 + ((400 - age) % 40) * 7e5 : 1.63e8 - age * 4e5;
}

/** Lets the server begin with ten minutes behind it. */
async function serveWithPast(volume: FakeVolume): Promise<Awaited<ReturnType<typeof serve>>> {
  const { start } = History.prototype;
  History.prototype.start = function () {
    const [nowMs, monotonicMs] = [Date.now(), performance.now()];
    for (let age = PAST_SAMPLES; age > 0; age -= 1) {
      live(volume, age);
      const beforeMs = age * SAMPLE_INTERVAL_MS;
      this.take(nowMs - beforeMs, monotonicMs - beforeMs);
    }
    live(volume, 0);
    start.call(this);
  };
  try {
    return await serve(volume, { port: 0 });
  } finally {
    History.prototype.start = start;
  }
}

async function takeAll(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const browser = await launchChromium(CHROMIUM ?? 'chromium');
  for (const status of STATUSES) {
    const volume = new FakeVolume();
    volume.status = status;
    await using server = await serveWithPast(volume);
    for (const [name, screen] of Object.entries(SCREENS)) {
      const { page } = await openPage(browser, screen);
      await page.goto(server.url);
      await page.waitForFunction(`document.querySelectorAll('path.line').length >= 5`);
      const path = join(folder, `${status}-${name}.png`);
      await page.screenshot({ path: path as `${string}.png`, fullPage: name !== 'document' });
      await page.browserContext().close();
      console.log(path);
    }
  }
  await browser.close();
}

await takeAll(process.argv[2] ?? 'build/screenshots');
