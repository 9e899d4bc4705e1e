/**
 * A volume mounted through fuse-native against a filesystem in memory on plain fuse-native, which is the
 * least that the package takes: the same system calls on both, in slices that take turns. Both have the
 * same options of libfuse, and each is served by a process of its own.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Volume } from '../contenders/cabinet.js';
import { fileName, payloadOf } from '../harness/payload.js';
import type { Contender, Goal, Group, Readings, Scenario } from '../harness/scenario.js';
import { median } from '../harness/statistics.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { verify } from '../harness/verify.js';

const MEMORY = fileURLToPath(new URL('../children/memory-mount.js', import.meta.url));
const FILES = 200;
/** Until the code of both is compiled: these do not count. */
const WARM_PAIRS = 8;
const LISTED = 1000;
const BLOCK_BYTES = 131_072;
const BLOCKS = 128;
const SMALL_BYTES = 4096;
const small = payloadOf(SMALL_BYTES);
const block = payloadOf(BLOCK_BYTES);

/** What a mount of a volume has, too: what the kernel asks for depends on it. */
const SAME_OPTIONS = [
  'big_writes',
  'use_ino',
  'attr_timeout=0',
  'entry_timeout=0',
  'negative_timeout=0',
  'default_permissions',
  'allow_other',
];

/** A slice of the same work in a directory; `round` makes names fresh. */
interface Work {
  readonly name: string;
  readonly fill?: (dir: string) => void;
  /** What one slice needs and is not timed. */
  readonly before?: (dir: string, round: number) => void;
  readonly run: (dir: string, round: number) => void;
}

function each(count: number, action: (index: number) => void): void {
  for (let index = 0; index < count; index += 1) action(index);
}

function write(path: string, ...pieces: readonly Buffer[]): void {
  const fd = openSync(path, 'w');
  for (const piece of pieces) writeSync(fd, piece);
  closeSync(fd);
}

function read(path: string, target: Buffer): void {
  const fd = openSync(path, 'r');
  while (readSync(fd, target, 0, target.length, null) > 0);
  closeSync(fd);
}

function fileOf(dir: string, round: number, index: number): string {
  return join(dir, `r${round}`, fileName(index));
}

function fillRound(dir: string, round: number): void {
  mkdirSync(join(dir, `r${round}`));
  each(FILES, (index) => write(fileOf(dir, round, index)));
}

const target = Buffer.alloc(BLOCK_BYTES);

const WORK: readonly Work[] = [
  {
    name: 'create',
    before: (dir, round) => mkdirSync(join(dir, `r${round}`)),
    run: (dir, round) => each(FILES, (index) => write(fileOf(dir, round, index))),
  },
  {
    name: 'stat',
    fill: (dir) => fillRound(dir, 0),
    run: (dir) => each(FILES * 2, (index) => statSync(fileOf(dir, 0, index % FILES))),
  },
  {
    name: 'readdir',
    fill: (dir) => each(LISTED, (index) => write(join(dir, fileName(index)))),
    run: (dir) => each(20, () => verify(readdirSync(dir).length === LISTED, 'a whole listing')),
  },
  {
    name: 'open+read+close',
    fill: (dir) => {
      mkdirSync(join(dir, 'r0'));
      each(FILES, (index) => write(fileOf(dir, 0, index), small.of(index)));
    },
    run: (dir) => each(FILES, (index) => read(fileOf(dir, 0, index), target)),
  },
  {
    name: 'rename',
    before: fillRound,
    run: (dir, round) =>
      each(FILES, (index) => {
        const path = fileOf(dir, round, index);
        renameSync(path, `${path}-new`);
      }),
  },
  {
    name: 'unlink',
    before: fillRound,
    run: (dir, round) => each(FILES, (index) => unlinkSync(fileOf(dir, round, index))),
  },
  {
    name: 'write 128 KiB, one after the other',
    run: (dir, round) => {
      const pieces = Array.from({ length: BLOCKS }, (_, index) => block.of(index));
      write(join(dir, `big-${round % 4}`), ...pieces);
    },
  },
  {
    name: 'read 128 KiB, one after the other',
    fill: (dir) =>
      write(join(dir, 'big'), ...Array.from({ length: BLOCKS }, (_, index) => block.of(index))),
    run: (dir) => read(join(dir, 'big'), target),
  },
];

/** A mount whose content is in memory. */
class MemoryMount {
  readonly dir: string;
  readonly #child: ChildProcess;

  private constructor(dir: string, child: ChildProcess) {
    this.dir = dir;
    this.#child = child;
  }

  static async start(dir: string): Promise<MemoryMount> {
    mkdirSync(dir);
    const options = ['memory', ...SAME_OPTIONS].join(',');
    const stdio = ['pipe', 'pipe', 'inherit'] as const;
    const child = spawn(process.execPath, [MEMORY, dir, options], { stdio: [...stdio], cwd: '/' });
    const started = child.stdout === null ? undefined : once(child.stdout, 'data');
    await Promise.race([started, once(child, 'exit')]);
    verify(child.exitCode === null, 'the filesystem in memory is mounted');
    return new MemoryMount(dir, child);
  }

  async end(): Promise<void> {
    const ended = once(this.#child, 'exit');
    spawnSync('umount', [this.dir]);
    this.#child.stdin?.end();
    await ended;
  }
}

export const mountNativeScenario: Scenario = {
  name: 'mount-native',
  about: 'a mount on fuse-native over a filesystem in memory on plain fuse-native; needs root',
  groups: ({ quick }): Group[] => [
    {
      title: 'fuse-native, time of a slice, nothing cached by the kernel',
      metrics: [
        { key: 'memory', label: 'in memory, ms' },
        { key: 'ours', label: 'volume, ms' },
        { key: 'ratio', label: 'volume / in memory' },
      ],
      contenders: WORK.map((work) => contenderOf(work, quick ? 10 : 30)),
      goals: WORK.map(goalOf),
    },
  ],
};

function goalOf({ name }: Work): Goal {
  return {
    label: name,
    of: [name, 'ratio'],
    unit: 'of the time in memory',
    bound: { atMost: 1.3 },
  };
}

async function openMounted(folder: string): Promise<Volume> {
  const { openVolume } = await import('#src/index.js');
  const volume = await openVolume(join(folder, 'v.cabinet'));
  const dir = join(folder, 'ours');
  mkdirSync(dir);
  await volume.mount(dir, { transport: 'fuse-native', accessTimes: 'noatime' });
  return volume;
}

function contenderOf(work: Work, pairs: number): Contender {
  return {
    name: work.name,
    run: async ({ folder }): Promise<Readings> => {
      const volume = await openMounted(folder);
      const memory = await MemoryMount.start(join(folder, 'memory'));
      try {
        return measure(work, join(folder, 'ours'), memory.dir, pairs);
      } finally {
        await memory.end();
        await volume.close();
      }
    },
  };
}

function measure(work: Work, ours: string, memory: string, pairs: number): Readings {
  const time = (dir: string, round: number): number => {
    work.before?.(dir, round);
    const stopwatch = startStopwatch();
    work.run(dir, round);
    return stopwatch.seconds() * 1000;
  };
  for (const dir of [ours, memory]) work.fill?.(dir);
  const times: { ours: number; memory: number }[] = [];
  for (let pair = 0; pair < pairs + WARM_PAIRS; pair += 1) {
    const round = pair + 1;
    // Who is first changes, so that what one leaves behind falls to both alike.
    if (pair % 2 === 0) times.push({ ours: time(ours, round), memory: time(memory, round) });
    else {
      const first = time(memory, round);
      times.push({ ours: time(ours, round), memory: first });
    }
  }
  const counted = times.slice(WARM_PAIRS);
  return {
    ours: median(counted.map((each) => each.ours)),
    memory: median(counted.map((each) => each.memory)),
    ratio: median(counted.map((each) => each.ours / each.memory)),
  };
}
