/**
 * What counting costs: the same calls on a volume with `metrics: true` and on one with `metrics: false`,
 * in slices that take turns within one run, because 3 % are less than what two runs differ by. And how
 * long a scrape takes, with every kind of operation and result counted.
 */
import { join } from 'node:path';
import type { Volume } from '../contenders/cabinet.js';
import { runCallers } from '../harness/callers.js';
import { fileName, payloadOf } from '../harness/payload.js';
import type { Contender, Goal, Group, Readings, Scenario } from '../harness/scenario.js';
import { median } from '../harness/statistics.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { verify } from '../harness/verify.js';

const FILES = 500;
const CALLERS = 64;
const payload = payloadOf(1024);
const SCRAPES = 200;
const SCRAPE = 'scrape';

/** A slice of the same work on a volume. */
interface Work {
  readonly name: string;
  readonly operations: number;
  readonly run: (volume: Volume) => Promise<void> | void;
}

const WORK: readonly Work[] = [
  {
    name: `writeFile, ${CALLERS} callers`,
    operations: 1000,
    run: ({ fs }) =>
      runCallers(CALLERS, 1000, (index) =>
        fs.promises.writeFile(`/${fileName(index % FILES)}`, payload.of(index)),
      ),
  },
  {
    name: 'readFile, 1 caller',
    operations: 2000,
    run: async ({ fs }) => {
      for (let index = 0; index < 2000; index += 1) {
        await fs.promises.readFile(`/${fileName(index % FILES)}`);
      }
    },
  },
  {
    name: 'statSync',
    operations: 4000,
    run: ({ fs }) => {
      for (let index = 0; index < 4000; index += 1) fs.statSync(`/${fileName(index % FILES)}`);
    },
  },
];

export const metricsCostScenario: Scenario = {
  name: 'metrics-cost',
  about: 'throughput with metrics over throughput without, and how long a scrape takes',
  groups: ({ quick }): Group[] => [
    {
      title: 'metrics on and off, in turns',
      metrics: [
        { key: 'on', label: 'with, calls/s' },
        { key: 'off', label: 'without, calls/s' },
        { key: 'ratio', label: 'with / without' },
      ],
      contenders: WORK.map((work) => costContender(work, quick ? 20 : 60)),
      goals: WORK.map(costGoal),
    },
    {
      title: 'a scrape of 400 series and more',
      metrics: [
        { key: 'medianMs', label: 'median ms' },
        { key: 'maxMs', label: 'max ms' },
        { key: 'bytes', label: 'bytes' },
      ],
      contenders: [scrapeContender()],
      goals: [{ label: 'a scrape', of: [SCRAPE, 'medianMs'], unit: 'ms', bound: { atMost: 5 } }],
    },
  ],
};

function costGoal({ name }: Work): Goal {
  return {
    label: `throughput with metrics, ${name}`,
    of: [name, 'ratio'],
    unit: 'of that without',
    bound: { atLeast: 0.97 },
  };
}

async function openFilled(folder: string, metrics: boolean): Promise<Volume> {
  const { openVolume } = await import('#src/index.js');
  const path = join(folder, `${metrics ? 'with' : 'without'}.cabinet`);
  const volume = await openVolume(path, { durability: 'normal', metrics });
  await runCallers(CALLERS, FILES, (index) =>
    volume.fs.promises.writeFile(`/${fileName(index)}`, payload.of(index)),
  );
  return volume;
}

function costContender(work: Work, pairs: number): Contender {
  return {
    name: work.name,
    run: async ({ folder }): Promise<Readings> => {
      const [on, off] = [await openFilled(folder, true), await openFilled(folder, false)];
      const time = async (volume: Volume): Promise<number> => {
        const stopwatch = startStopwatch();
        await work.run(volume);
        return work.operations / stopwatch.seconds();
      };
      for (const volume of [on, off, on, off]) await time(volume);
      const rates: { on: number; off: number }[] = [];
      for (let pair = 0; pair < pairs; pair += 1) {
        // Who is first changes, so that what one leaves behind falls to both alike.
        if (pair % 2 === 0) rates.push({ on: await time(on), off: await time(off) });
        else {
          const first = await time(off);
          rates.push({ on: await time(on), off: first });
        }
      }
      const text = await on.metrics.metrics();
      verify(/cabinetfs_operations_total\{.*\} \d{4}/.test(text), 'the calls were counted');
      await on.close();
      await off.close();
      return {
        on: median(rates.map((rate) => rate.on)),
        off: median(rates.map((rate) => rate.off)),
        ratio: median(rates.map((rate) => rate.on / rate.off)),
      };
    },
  };
}

function scrapeContender(): Contender {
  return {
    name: SCRAPE,
    run: async ({ folder }): Promise<Readings> => {
      const volume = await openFilled(folder, true);
      await everyKind(volume);
      const times: number[] = [];
      let text = '';
      for (let scrape = 0; scrape < SCRAPES; scrape += 1) {
        const stopwatch = startStopwatch();
        text = await volume.metrics.metrics();
        times.push(stopwatch.seconds() * 1000);
      }
      verify(text.includes('cabinetfs_health_status'), 'the scrape is whole');
      await volume.close();
      return { medianMs: median(times), maxMs: Math.max(...times), bytes: text.length };
    },
  };
}

/** Most kinds of operations, with success and without, so that their series are there. */
async function everyKind({ fs }: Volume): Promise<void> {
  const api = fs as unknown as Record<string, (...args: unknown[]) => unknown>;
  const calls: readonly [string, ...unknown[]][] = [
    ['accessSync', '/'],
    ['chmodSync', '/', 0o755],
    ['chownSync', '/', 0, 0],
    ['copyFileSync', `/${fileName(0)}`, '/copy'],
    ['linkSync', '/copy', '/link'],
    ['lstatSync', '/copy'],
    ['mkdirSync', '/directory'],
    ['readFileSync', '/copy'],
    ['readdirSync', '/'],
    ['realpathSync', '/copy'],
    ['renameSync', '/copy', '/renamed'],
    ['rmSync', '/renamed'],
    ['rmdirSync', '/directory'],
    ['statSync', '/'],
    ['statfsSync', '/'],
    ['symlinkSync', '/', '/symlink'],
    ['readlinkSync', '/symlink'],
    ['truncateSync', '/link', 1],
    ['utimesSync', '/link', 1, 1],
    ['unlinkSync', '/link'],
    ['writeFileSync', '/new', 'x'],
  ];
  for (const [name, ...args] of calls) {
    api[name]?.(...args);
    try {
      api[name]?.('/none/none', ...args.slice(1));
    } catch {
      // Counted with its result.
    }
  }
}
