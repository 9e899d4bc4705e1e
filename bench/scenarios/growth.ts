/**
 * What each operation costs in a volume of 10,000 files and in one of 1,000,000, and how long both
 * take to open. Files are visited in no order, so that the big volume does not fit in any cache. The
 * volumes take turns in slices, so that a pause of the machine hits both.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openCabinet } from '../contenders/cabinet.js';
import { runCallers } from '../harness/callers.js';
import type { Contender, Environment, Goal, Group, Scenario } from '../harness/scenario.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { verify } from '../harness/verify.js';
import { scattered } from './filled-directory.js';
import {
  contentOf,
  directoryOf,
  FIXED_DIRECTORY,
  type GrownVolume,
  growVolume,
  PER_DIRECTORY,
  pathOf,
} from './grown-volume.js';

const SMALL_COUNT = 10_000;
const SLICES = 4;
const CHANGES_MAX = 400;
/** A quarter of the small volume is there for each operation. */
const UNTOUCHED_MAX = SMALL_COUNT / 4;

interface Volumes {
  small: GrownVolume;
  large: GrownVolume;
  emptyFolder: string;
}

interface Operation {
  readonly name: string;
  readonly callers: number;
  /** How often in a round. */
  readonly count: number;
  readonly run: (volume: GrownVolume) => Promise<unknown>;
}

export const growthScenario: Scenario = {
  name: 'growth',
  about: 'cost of each operation and of opening at 10,000 and 1,000,000 files',
  groups: (environment) => [growthGroup(environment)],
};

function growthGroup(environment: Environment): Group {
  const largeCount = environment.quick ? 100_000 : 1_000_000;
  const volumes: Partial<Volumes> = {};
  // One more round than asked for: the warm-up.
  const changes = Math.min(CHANGES_MAX, Math.floor(UNTOUCHED_MAX / (environment.rounds + 1)));
  const all = operations(changes);
  return {
    title: 'growth: µs per operation',
    metrics: [
      { key: 'small', label: `at ${SMALL_COUNT.toLocaleString('en-US')} files` },
      { key: 'large', label: `at ${largeCount.toLocaleString('en-US')} files` },
      { key: 'empty', label: 'empty volume' },
    ],
    contenders: [
      ...all.map((operation) => operationContender(operation, volumes as Volumes)),
      openContender(volumes as Volumes),
    ],
    goals: [...all.map(({ name }) => costGoal(name)), OPEN_GOAL],
    prepare: async (folder) => {
      volumes.emptyFolder = join(folder, 'empty');
      await mkdir(volumes.emptyFolder);
      await (await openCabinet(volumes.emptyFolder)).close();
      volumes.small = await growVolume(folder, SMALL_COUNT, environment.progress);
      volumes.large = await growVolume(folder, largeCount, environment.progress);
    },
    dispose: async () => {
      await volumes.small?.files.close();
      await volumes.large?.files.close();
    },
  };
}

function costGoal(name: string): Goal {
  return {
    label: `${name}, time with many files`,
    of: [name, 'large'],
    against: [name, 'small'],
    unit: 'of the same with 10,000',
    bound: { atMost: 1.3 },
  };
}

const OPEN_GOAL: Goal = {
  label: 'open, time with many files',
  of: ['open', 'large'],
  against: ['open', 'empty'],
  unit: 'of an empty volume',
  bound: { atMost: 2 },
};

/** Renames and deletions are limited by what the small volume has for them. */
function operations(changes: number): Operation[] {
  const one = (name: string, count: number, run: Operation['run']): Operation => {
    return { name, callers: 1, count, run };
  };
  return [
    one('stat', 4000, async ({ files: { fs }, take }) => {
      verify((await fs.stat(pathOf(take('stat')))).isFile(), 'stat finds a file');
    }),
    one('readFile', 4000, async ({ files: { fs }, take }) => {
      const index = take('readFile');
      verify(contentOf(index).equals(await fs.readFile(pathOf(index))), 'the content is right');
    }),
    one('writeFile new', 500, writeNew),
    { name: 'writeFile new, 64 callers', callers: 64, count: 1600, run: writeNew },
    one('rename', changes, async ({ files: { fs }, take, count: files }) => {
      const index = take('rename');
      const far = (index + files / 2) % files;
      await fs.rename(pathOf(index), `${directoryOf(far)}/renamed-${index}`);
    }),
    one('unlink', changes, async ({ files: { fs }, take }) => {
      await fs.unlink(pathOf(take('unlink')));
    }),
    {
      name: `readdir of ${PER_DIRECTORY}`,
      callers: 1,
      count: 40,
      run: async ({ files: { fs } }) => {
        verify((await fs.readdir(FIXED_DIRECTORY)).length === PER_DIRECTORY, 'all are listed');
      },
    },
  ];
}

async function writeNew({ files: { fs }, takeNew, count }: GrownVolume): Promise<void> {
  const index = takeNew();
  const directory = directoryOf(scattered(count)(index));
  await fs.writeFile(`${directory}/new-${index}`, contentOf(index));
}

function operationContender(operation: Operation, volumes: Volumes): Contender {
  const perSlice = Math.floor(operation.count / SLICES);
  return {
    name: operation.name,
    run: async () => {
      const seconds = { small: 0, large: 0 };
      for (let slice = 0; slice < SLICES; slice += 1) {
        for (const size of ['small', 'large'] as const) {
          const stopwatch = startStopwatch();
          await runCallers(operation.callers, perSlice, () => operation.run(volumes[size]));
          seconds[size] += stopwatch.seconds();
        }
      }
      const perOperation = 1e6 / (perSlice * SLICES);
      return { small: seconds.small * perOperation, large: seconds.large * perOperation };
    },
  };
}

/** Closes the grown volumes for a moment: opening one that is open is another thing to measure. */
function openContender(volumes: Volumes): Contender {
  return {
    name: 'open',
    run: async () => ({
      empty: await openingMicroseconds(volumes.emptyFolder),
      small: await reopeningMicroseconds(volumes.small),
      large: await reopeningMicroseconds(volumes.large),
    }),
  };
}

async function reopeningMicroseconds(volume: GrownVolume): Promise<number> {
  await volume.files.close();
  const microseconds = await openingMicroseconds(volume.folder);
  volume.files = await openCabinet(volume.folder);
  return microseconds;
}

async function openingMicroseconds(folder: string): Promise<number> {
  const stopwatch = startStopwatch();
  const { close } = await openCabinet(folder);
  const microseconds = stopwatch.seconds() * 1e6;
  await close();
  return microseconds;
}
