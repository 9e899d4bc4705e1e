/**
 * The calls of programs on a mount beside the same calls on the disk that the volume is on. They are made
 * by a process of its own, synchronously. Needs the right to mount and to drop the kernel's caches: root.
 *
 * "First" is after the kernel has forgotten all names, its inodes with them; "cold" after it has forgotten
 * the pages of the file, and those of the volume; what follows is warm. A write has been acknowledged when
 * it has returned; what the kernel keeps until the file is closed is in the column "with close". The line of
 * bindfs, where it is installed, says what FUSE costs a server in C that stores nothing itself.
 */
import { DISK, MOUNT, placeContenders, type Work } from '../contenders/places.js';
import { runChild } from '../harness/child.js';
import { childProgram } from '../harness/project.js';
import type { Goal, Group, Metric, Readings, Scenario } from '../harness/scenario.js';

interface Loop extends Metric {
  /** How fast the mount has to be, as a part of the disk. */
  readonly atLeast?: number;
}

const NAME_LOOPS: readonly Loop[] = [
  { key: 'create', label: 'create', atLeast: 0.1 },
  { key: 'statFirst', label: 'stat, first', atLeast: 0.1 },
  { key: 'statAgain', label: 'stat, again', atLeast: 0.1 },
  { key: 'readdir', label: 'readdir', atLeast: 0.35 },
  { key: 'read', label: 'open+read+close', atLeast: 0.15 },
  { key: 'rename', label: 'rename', atLeast: 0.15 },
  { key: 'unlink', label: 'unlink', atLeast: 0.2 },
];

const CONTENT_LOOPS: readonly Loop[] = [
  { key: 'write', label: '128 KiB writes, MB/s', atLeast: 0.15 },
  { key: 'writeClosed', label: 'with close' },
  { key: 'writeSmall', label: '4 KiB writes with close, MB/s' },
  { key: 'readCold', label: 'cold read, MB/s', atLeast: 0.35 },
  { key: 'randomRead', label: 'random 4 KiB reads', atLeast: 0.9 },
  { key: 'randomWrite', label: 'random 4 KiB writes', atLeast: 0.12 },
  { key: 'randomWriteClosed', label: 'with close' },
];

/** Small pieces are gathered, and not written one by one. */
const SMALL_WRITES: Goal = {
  label: '4 KiB writes of 128 KiB writes',
  of: [MOUNT, 'writeSmall'],
  against: [MOUNT, 'writeClosed'],
  bound: { atLeast: 0.7 },
};

export const mountScenario: Scenario = {
  name: 'mount',
  about: 'the calls of programs on a mount against the same calls on the disk',
  groups: ({ quick }) => {
    const [files, mib, accesses] = quick ? [1000, 64, 4000] : [5000, 256, 20_000];
    return [
      loopGroup(`Names on a mount, ${files} files: operations/s`, NAME_LOOPS, 'mount-names', [
        files,
      ]),
      loopGroup(`A file of ${mib} MiB on a mount`, CONTENT_LOOPS, 'mount-content', [mib, accesses]),
    ];
  },
};

function loopGroup(
  title: string,
  loops: readonly Loop[],
  program: string,
  sizes: readonly number[],
): Group {
  const work: Work = async (place, directory) => {
    const args = [childProgram(program), directory, ...sizes.map(String), ...place.stored];
    return JSON.parse(await runChild(process.execPath, args)) as Readings;
  };
  return {
    title,
    metrics: loops,
    contenders: placeContenders(work),
    goals: [...loops.flatMap(goalsOf), ...(loops === CONTENT_LOOPS ? [SMALL_WRITES] : [])],
  };
}

function goalsOf({ key, label, atLeast }: Loop): Goal[] {
  if (atLeast === undefined) return [];
  return [{ label, of: [MOUNT, key], against: [DISK, key], bound: { atLeast } }];
}
