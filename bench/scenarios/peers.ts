/** The same calls on every filesystem that a program in Node.js may choose for a tree of its own. */
import type { AsyncFiles, OpenFiles } from '../contenders/async-files.js';
import { cabinetName, cabinetOpener } from '../contenders/cabinet.js';
import { NODE_PROMISES, openNodeFiles } from '../contenders/node-promises.js';
import { installedPeers } from '../contenders/peers.js';
import { runCallers } from '../harness/callers.js';
import { fileName, payloadOf } from '../harness/payload.js';
import type { Contender, Group, Readings, Scenario } from '../harness/scenario.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { verify } from '../harness/verify.js';
import { scattered } from './filled-directory.js';

const SIZE_BYTES = 4096;
const CALLERS = 64;
const LISTINGS = 10;
const WARM_UP_COUNT = 500;
const payload = payloadOf(SIZE_BYTES);

export const peersScenario: Scenario = {
  name: 'peers',
  about: 'files of 4 KiB on memfs, agentfs-sdk and ZenFS, where they are installed',
  groups: ({ quick, progress }) => [peersGroup(quick ? 1000 : 4000, progress)],
};

function peersGroup(count: number, progress: (message: string) => void): Group {
  const contender = (name: string, open: OpenFiles): Contender => ({
    name,
    run: async ({ folder }) => await measure(await open(folder), count),
  });
  return {
    title: `files of 4 KiB, ${count} of them, calls/s: one caller, except the second column`,
    metrics: [
      { key: 'write', label: 'writeFile' },
      { key: 'writeMany', label: `writeFile, ${CALLERS} callers` },
      { key: 'read', label: 'readFile' },
      { key: 'stat', label: 'stat' },
      { key: 'readdir', label: 'names of readdir' },
      { key: 'rename', label: 'rename' },
      { key: 'unlink', label: 'unlink' },
    ],
    contenders: [
      contender(cabinetName('interval'), cabinetOpener('interval')),
      contender(cabinetName('full'), cabinetOpener('full')),
      contender(NODE_PROMISES, openNodeFiles),
      ...installedPeers(progress).map(({ name, open }) => contender(name, open)),
    ],
    goals: [],
  };
}

async function measure(files: AsyncFiles, count: number): Promise<Readings> {
  const { root } = files;
  try {
    await files.fs.mkdir(`${root}/warm-up`);
    await work(files, `${root}/warm-up`, WARM_UP_COUNT);
    await files.fs.mkdir(`${root}/measured`);
    return await work(files, `${root}/measured`, count);
  } finally {
    await files.close();
  }
}

async function work({ fs }: AsyncFiles, directory: string, count: number): Promise<Readings> {
  const at = scattered(count);
  const path = (step: number): string => `${directory}/${fileName(at(step))}`;
  const rate = async (callers: number, task: (step: number) => Promise<unknown>) => {
    const stopwatch = startStopwatch();
    await runCallers(callers, count, task);
    return count / stopwatch.seconds();
  };
  const write = await rate(1, async (step) => await fs.writeFile(path(step), payload.of(step)));
  const read = await rate(1, async (step) => {
    verify(payload.of(step).equals(await fs.readFile(path(step))), 'the content is right');
  });
  const stat = await rate(1, async (step) => {
    verify((await fs.stat(path(step))).size === SIZE_BYTES, 'the size is right');
  });
  const stopwatch = startStopwatch();
  for (let listing = 0; listing < LISTINGS; listing += 1) {
    verify((await fs.readdir(directory)).length === count, 'all are listed');
  }
  const readdir = (LISTINGS * count) / stopwatch.seconds();
  const rename = await rate(1, async (step) => await fs.rename(path(step), `${path(step)}-b`));
  const unlink = await rate(1, async (step) => await fs.unlink(`${path(step)}-b`));
  const writeMany = await rate(CALLERS, async (step) => {
    await fs.writeFile(path(step), payload.of(step));
  });
  return { write, writeMany, read, stat, readdir, rename, unlink };
}
