/** Backups while the volume is written as fast as it can be. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { type BackupProgress, openVolume } from '#src/index.js';
import type { OpenOptions, Volume } from '../support/subject.js';
import { assertVolumeSound } from '../support/subject.js';
import { withVolume } from '../support/temporary-volume.js';
import { fillVolume, readManifestOf } from './place.js';

const COUNTERS = 5;
const BACKUPS = 4;

interface Load {
  /** The number of the commit after which each count was acknowledged. */
  readonly acknowledged: Map<number, number>;
  stop(): Promise<void>;
}

/** Transactions that write one number into several files, beside many callers that write other files. */
function startLoad(volume: Volume): Load {
  let isStopped = false;
  const acknowledged = new Map<number, number>();
  const fs = volume.fs.promises;
  const count = async (): Promise<void> => {
    for (let number = 1; !isStopped; number += 1) {
      await volume.transaction((tx) => {
        for (let index = 0; index < COUNTERS; index += 1) {
          tx.writeFile(`/counter${index}`, String(number).padEnd(2000 * index, '.'));
        }
      });
      acknowledged.set(number, volume.counters().writer?.commit ?? 0);
    }
  };
  const write = async (caller: number): Promise<void> => {
    for (let number = 0; !isStopped; number += 1) {
      const path = `/d0/load${caller}-${number % 50}`;
      await fs.writeFile(path, Buffer.alloc((number * 977) % 60_000, String(number)));
      if (number % 9 === 0) await fs.rm(path);
    }
  };
  const running = Promise.all([count(), ...Array.from({ length: 16 }, (_, index) => write(index))]);
  return {
    acknowledged,
    stop: async () => {
      isStopped = true;
      await running;
    },
  };
}

async function readCounters(file: string): Promise<number[]> {
  await using copy = await openVolume(file, { readOnly: true });
  await assertVolumeSound(copy);
  const numbers: number[] = [];
  for (let index = 0; index < COUNTERS; index += 1) {
    const text = await copy.fs.promises.readFile(`/counter${index}`, 'utf8');
    numbers.push(Number.parseInt(text as string, 10));
  }
  return numbers;
}

/** The copy holds one state, and all that was acknowledged before its commit. */
async function assertOneCommit(
  t: ExecutionContext,
  file: string,
  { acknowledged }: Load,
  before: number,
): Promise<void> {
  const numbers = await readCounters(file);
  t.is(new Set(numbers).size, 1, `equal counters: ${numbers}`);
  const [held = 0] = numbers;
  t.true(held >= before, 'what was acknowledged before the backup began is in it');
  const commit = readManifestOf(file).commit as number;
  t.is(typeof commit, 'number');
  // The count after the one held was not committed yet, and the one held was.
  const next = acknowledged.get(held + 1);
  if (next !== undefined) t.true(commit < next, `commit ${commit} comes before ${next}`);
}

const CASES: readonly (readonly [string, OpenOptions])[] = [
  ['a log that is checkpointed all the time', { checkpointWalBytes: 256 * 1024 }],
  ['a log as it is by default', {}],
  ['every commit synced', { durability: 'full', checkpointWalBytes: 1024 * 1024 }],
];

for (const [name, options] of CASES) {
  test.serial(
    `under a saturating writer a backup takes one pass and holds one commit: ${name}`,
    async (t) => {
      t.timeout(240_000);
      await withVolume(t, options, async ({ volume, folder }) => {
        await fillVolume(volume, 3, 200);
        const load = startLoad(volume);
        while (load.acknowledged.size < 5) await pause(5);
        for (let number = 0; number < BACKUPS; number += 1) {
          const before = load.acknowledged.size;
          const told: BackupProgress[] = [];
          const dest = join(folder, `copy${number}`);
          await volume.backup(dest, {
            pagesPerStep: number % 2 === 0 ? 32 : 512,
            // Slow enough that the log is filled several times meanwhile.
            bytesPerSecondMax: 6_000_000,
            onProgress: (progress) => told.push(progress),
          });
          const copied = told
            .filter(({ phase }) => phase === 'copy')
            .map(({ pagesDone }) => pagesDone);
          t.deepEqual(
            copied,
            [...copied].sort((left, right) => left - right),
            'one pass',
          );
          t.true(load.acknowledged.size > before + 5, 'the writer went on meanwhile');
          await assertOneCommit(t, dest, load, before);
        }
        await load.stop();
      });
    },
  );
}
