/** How a mount takes small pieces and several readers: compared with itself, not with a disk. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { openMount, placeContender, type Work } from '../contenders/places.js';
import { runChild } from '../harness/child.js';
import { childProgram } from '../harness/project.js';
import type { Contender, Goal, Group, Readings, Scenario } from '../harness/scenario.js';
import { writeBig } from '../harness/sources.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { verify } from '../harness/verify.js';

const MIB = 1_048_576;
/** Each reader waits for a thread that serves it. */
const CORES_FOR_TWO = 4;

export const mountScalingScenario: Scenario = {
  name: 'mount-scaling',
  about: 'dd with small and big pieces, and one and two threads that read, on a mount',
  groups: ({ quick }) => [ddGroup(quick ? 64 : 256), threadsGroup(quick ? 1000 : 5000)],
};

function ddGroup(mib: number): Group {
  const [small, big] = ['dd bs=4k', 'dd bs=128k'] as const;
  const goal = (key: string, label: string): Goal => ({
    label: `${label}, dd bs=4k`,
    of: [small, key],
    against: [big, key],
    bound: { atLeast: 0.7 },
  });
  let source = '';
  const contender = (name: string, pieceBytes: number): Contender =>
    placeContender(name, openMount, async (_place, directory) => {
      return await timeDd(source, join(directory, 'file'), pieceBytes, mib);
    });
  return {
    title: `dd of ${mib} MiB on a mount`,
    metrics: [
      { key: 'write', label: 'written, MB/s' },
      { key: 'read', label: 'read, MB/s' },
    ],
    contenders: [contender(big, 131_072), contender(small, 4096)],
    goals: [goal('write', 'written'), goal('read', 'read')],
    prepare: async (folder) => {
      source = join(folder, 'source');
      await writeBig(source, mib);
    },
  };
}

/** Written from a file of the disk that is in memory, and read again. */
async function timeDd(
  source: string,
  file: string,
  pieceBytes: number,
  mib: number,
): Promise<Readings> {
  const rate = async (from: string, to: string): Promise<number> => {
    const stopwatch = startStopwatch();
    await runChild('dd', [`if=${from}`, `of=${to}`, `bs=${pieceBytes}`, 'status=none']);
    return (mib * MIB) / 1e6 / stopwatch.seconds();
  };
  const write = await rate(source, file);
  const read = await rate(file, '/dev/null');
  await runChild('cmp', [source, file]);
  return { write, read };
}

function threadsGroup(files: number): Group {
  const cores = availableParallelism();
  const [one, two] = ['one thread', 'two threads'] as const;
  const metrics = [
    { key: 'small', label: 'open+read+close/s' },
    { key: 'big', label: 'in order, MB/s' },
  ];
  const goal = (key: string, label: string): Goal => ({
    label: `two threads, ${label}`,
    of: [two, key],
    against: [one, key],
    bound: { atLeast: 1.5 },
  });
  const work =
    (threads: number): Work =>
    async (_place, directory) => {
      const args = [childProgram('mount-readers'), directory, String(threads), String(files)];
      const readings = JSON.parse(await runChild(process.execPath, args)) as Readings;
      verify('small' in readings, 'the readers have answered');
      return readings;
    };
  return {
    title: `Threads that read on a mount, ${cores} cores (a goal from ${CORES_FOR_TWO} on)`,
    metrics,
    contenders: [placeContender(one, openMount, work(1)), placeContender(two, openMount, work(2))],
    goals: cores < CORES_FOR_TWO ? [] : metrics.map(({ key, label }) => goal(key, label)),
  };
}
