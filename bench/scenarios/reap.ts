/**
 * Removing a big file: how long `unlink` takes beside that of a small one, and what a caller who writes
 * meanwhile notices while the content is deleted in the background.
 */
import { type CabinetFiles, cabinetName, openCabinet } from '../contenders/cabinet.js';
import { payloadOf } from '../harness/payload.js';
import type { Readings, Scenario } from '../harness/scenario.js';
import { median, percentile } from '../harness/statistics.js';
import { verify } from '../harness/verify.js';
import { writeBigFile } from './big-file.js';
import { warmUp } from './filled-directory.js';

const MIB = 1_048_576;
const SMALL_FILES = 50;
const QUIET_MS = 3000;
const CABINET = cabinetName('normal');
const small = payloadOf(10_240);

export const reapScenario: Scenario = {
  name: 'reap',
  about: 'unlink of a big file, and others while it is deleted',
  groups: ({ quick }) => {
    const mib = quick ? 512 : 10_240;
    return [
      {
        title: `unlink of a file of ${mib} MiB, and writeFile of 10 KB meanwhile: milliseconds`,
        metrics: [
          { key: 'small', label: 'unlink of 10 KB' },
          { key: 'big', label: 'of the big one' },
          { key: 'quiet', label: 'writeFile p99 before' },
          { key: 'meanwhile', label: 'while it is deleted' },
          { key: 'seconds', label: 'deleted after, s' },
        ],
        contenders: [{ name: CABINET, run: async ({ folder }) => await removeBig(folder, mib) }],
        goals: [
          {
            label: 'writeFile p99 while a big file is deleted',
            of: [CABINET, 'meanwhile'],
            against: [CABINET, 'quiet'],
            unit: 'of the same before',
            bound: { atMost: 2 },
          },
          {
            label: 'unlink of a big file',
            of: [CABINET, 'big'],
            against: [CABINET, 'small'],
            unit: 'of that of a small one',
            bound: { atMost: 3 },
          },
        ],
        roundsMax: 3,
      },
    ];
  },
};

async function removeBig(folder: string, mib: number): Promise<Readings> {
  const files = await openCabinet(folder);
  await warmUp(files, small, 1);
  await writeBigFile(files, 'big', MIB, mib);
  const quietUntilMs = performance.now() + QUIET_MS;
  const quiet = await writeWhile(files, 'quiet', () => performance.now() < quietUntilMs);
  const times: number[] = [];
  for (let index = 0; index < SMALL_FILES; index += 1) {
    await files.fs.writeFile('/small', small.of(index));
    times.push(await timeMs(() => files.fs.unlink('/small')));
  }
  const big = await timeMs(() => files.fs.unlink('/big'));
  const startedMs = performance.now();
  const meanwhile = await writeWhile(
    files,
    'meanwhile',
    () => (files.volume.counters().writer?.orphans ?? 0) > 0,
  );
  const seconds = (performance.now() - startedMs) / 1000;
  verify(meanwhile.length > 0, 'it takes a moment to delete');
  await files.close();
  return {
    small: median(times),
    big,
    quiet: percentile(quiet, 0.99),
    meanwhile: percentile(meanwhile, 0.99),
    seconds,
  };
}

/** Latencies of one caller who writes new files, in milliseconds. */
async function writeWhile(
  { fs }: CabinetFiles,
  name: string,
  isGoingOn: () => boolean,
): Promise<number[]> {
  const latenciesMs: number[] = [];
  await fs.mkdir(`/${name}`);
  while (isGoingOn()) {
    const index = latenciesMs.length;
    latenciesMs.push(await timeMs(() => fs.writeFile(`/${name}/f${index}`, small.of(index))));
  }
  return latenciesMs;
}

async function timeMs(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}
