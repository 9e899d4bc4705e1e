/** Eight threads and three processes on one volume, watched from outside. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { NO_MOUNT } from '../fuse/mount/no-mount.js';
import { type Child, startChild } from '../support/child.js';
import type { Holdings, ProcessOrders, ProcessReport } from './process-child.js';
import { NO_TALLY, type SharedTally } from './shared-tree.js';
import { isTooSteep, type Sample, type Trend, trendOf } from './slope.js';

export interface SoakOptions {
  readonly seconds: number;
  /** Of the first process, its main thread included; the others have two each. */
  readonly threads: number;
  readonly processes: number;
  readonly seed: number;
  readonly onNote?: (note: string) => void;
}

export interface SoakReport {
  readonly steps: number;
  readonly shifts: number;
  readonly tally: SharedTally;
  readonly checks: number;
  /** By what is measured, of each process: `process 0 rssBytes`. */
  readonly trends: Readonly<Record<string, Trend>>;
  readonly tooSteep: readonly string[];
}

const MIB = 1024 * 1024;
/** Growth by the hour that fails a run, and what a run may grow by before its slope counts. */
const LIMITS: Readonly<Record<keyof Holdings, readonly [perHour: number, floor: number]>> = {
  rssBytes: [96 * MIB, 32 * MIB],
  heapBytes: [16 * MIB, 4 * MIB],
  descriptors: [60, 20],
  openFiles: [100, 50],
  walBytes: [256 * MIB, 64 * MIB],
  orphans: [200, 100],
};
/** A process that has just begun fills its caches: samples of this share of the run do not count. */
const WARM_UP_SHARE = 0.25;
/** Runs that are shorter are all warm-up: their memory may grow by this. */
const SHORT_SECONDS = 300;
const SHORT_RSS_FLOOR = 256 * MIB;
const SAMPLES = 200;
const SAMPLE_EVERY_MS_MIN = 500;
const CHECKS = 20;
const CHECK_EVERY_MS_MIN = 5000;
const SHIFT_MS_MAX = 30_000;

class Watch {
  readonly samples: Record<string, Sample[]> = {};
  readonly #startedMs = performance.now();

  note(process: number, holdings: Holdings): void {
    const seconds = (performance.now() - this.#startedMs) / 1000;
    for (const [what, value] of Object.entries(holdings)) {
      const name = `process ${process} ${what}`;
      this.samples[name] ??= [];
      this.samples[name].push({ seconds, value });
    }
  }

  trends(warmUpSeconds: number): Record<string, Trend> {
    const trends: Record<string, Trend> = {};
    for (const [name, samples] of Object.entries(this.samples)) {
      const counted = samples.filter(({ seconds }) => seconds >= warmUpSeconds);
      if (counted.length > 1) trends[name] = trendOf(counted);
    }
    return trends;
  }
}

function tooSteep(trends: Readonly<Record<string, Trend>>, seconds: number): string[] {
  return Object.entries(trends)
    .filter(([name, trend]) => {
      const what = name.split(' ')[2] as keyof Holdings;
      const [perHour, floor] = LIMITS[what];
      const isShort = seconds < SHORT_SECONDS;
      return isTooSteep(trend, perHour, isShort && what === 'rssBytes' ? SHORT_RSS_FLOOR : floor);
    })
    .map(([name]) => name);
}

function ordersOf(options: SoakOptions, folder: string): ProcessOrders[] {
  const { processes, threads, seed, seconds } = options;
  return Array.from({ length: processes }, (_, index) => ({
    file: join(folder, 'soak.cabinet'),
    threads: index === 0 ? threads : 2,
    name: `p${index}`,
    seed: seed + index * 10_000_000,
    shiftMs: Math.min(SHIFT_MS_MAX, (seconds * 1000) / 4),
    mountAt: index === 0 && NO_MOUNT === undefined ? join(folder, 'mount') : undefined,
  }));
}

/** Samples and checks while all work; one process checks at a time, in turn. */
async function watchOver(
  children: readonly Child[],
  options: SoakOptions,
): Promise<[Watch, number]> {
  const { seconds, onNote } = options;
  const watch = new Watch();
  const endsAt = performance.now() + seconds * 1000;
  const everyMs = Math.max(SAMPLE_EVERY_MS_MIN, (seconds * 1000) / SAMPLES);
  const checkEveryMs = Math.max(CHECK_EVERY_MS_MIN, (seconds * 1000) / CHECKS);
  let checks = 0;
  let checkAt = performance.now() + checkEveryMs;
  while (performance.now() < endsAt) {
    await pause(everyMs);
    for (const [index, child] of children.entries()) {
      watch.note(index, (await child.ask('holdings')) as Holdings);
    }
    if (performance.now() < checkAt) continue;
    await children[checks % children.length]?.ask('check');
    checks += 1;
    checkAt = performance.now() + checkEveryMs;
    onNote?.(`check ${checks} passed`);
  }
  return [watch, checks];
}

async function finish(children: readonly Child[]): Promise<ProcessReport> {
  const total = { steps: 0, shifts: 0, tally: { ...NO_TALLY } };
  for (const report of await Promise.all(children.map((child) => child.ask('stop')))) {
    const { steps, shifts, tally } = report as ProcessReport;
    total.steps += steps;
    total.shifts += shifts;
    for (const key of Object.keys(tally) as (keyof SharedTally)[]) total.tally[key] += tally[key];
  }
  for (const child of children) await child.ask('verify', total.tally);
  await children[0]?.ask('check');
  for (const [index, child] of children.entries()) {
    const left = await child.ask('close');
    if (left !== 0) throw new Error(`process ${index} leaves ${left} descriptors behind`);
  }
  return total;
}

/** Throws at the first answer that is not what it must be. */
export async function runSoak(options: SoakOptions): Promise<SoakReport> {
  const folder = await mkdtemp(join(tmpdir(), 'cabinetfs-soak-'));
  const orders = ordersOf(options, folder);
  const entry = new URL('./process-child.js', import.meta.url);
  // With the many arenas that the C library gives to threads, how they are filled hides what grows.
  const env = { ...process.env, MALLOC_ARENA_MAX: '2' };
  const children = orders.map(() => startChild(entry, [], { execArgv: ['--expose-gc'], env }));
  try {
    for (const [index, child] of children.entries()) await child.ask('open', orders[index]);
    await children[0]?.ask('prepare');
    for (const [index, child] of children.entries()) await child.ask('start', orders[index]);
    const [watch, checks] = await watchOver(children, options);
    const { steps, shifts, tally } = await finish(children);
    for (const child of children) await child.end();
    const trends = watch.trends(options.seconds * WARM_UP_SHARE);
    return { steps, shifts, tally, checks, trends, tooSteep: tooSteep(trends, options.seconds) };
  } finally {
    for (const child of children) if (child.process.exitCode === null) await child.kill();
    await rm(folder, { recursive: true, force: true });
  }
}
