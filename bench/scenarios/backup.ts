/**
 * A backup against `cp` of the same file, closed and without a log: with what both promise (nothing until
 * the disk has it), and with what `cp` does not do. And what it costs the others while it runs: writers
 * and readers of a volume that is written as fast as it can be, with and without a backup.
 *
 * The whole of `volume.backup` is timed, its process included, from the call to the promise.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openCabinet, volumePath } from '../contenders/cabinet.js';
import { runCallersUntil } from '../harness/callers.js';
import { runChild } from '../harness/child.js';
import { fileName, payloadOf } from '../harness/payload.js';
import type { Contender, Goal, Group, Readings, Scenario } from '../harness/scenario.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { verify } from '../harness/verify.js';

const MIB = 1024 * 1024;
const PIECE_BYTES = 256 * 1024;
const SMALL_BYTES = 10_240;
const WRITERS = 32;
const READERS = 4;
const KEPT = 200;

const CP = 'cp';
const CP_SYNCED = 'cp, synced';
const UNVERIFIED = 'backup, not verified';
const QUICK = 'backup, quick check';
const FULL = 'backup, full check';
const ALONE = 'without a backup';
const BESIDE = 'with backups';

export const backupScenario: Scenario = {
  name: 'backup',
  about: 'a backup against cp, and what it costs readers and writers',
  groups: ({ quick }) => [
    speedGroup(quick ? 256 : 1024),
    loadGroup(quick ? 96 : 256, quick ? 3000 : 6000),
  ],
};

async function fill(folder: string, mib: number): Promise<void> {
  const files = await openCabinet(folder);
  const payload = payloadOf(PIECE_BYTES);
  await files.fs.mkdir('/files');
  for (let index = 0; index < (mib * MIB) / PIECE_BYTES; index += 1) {
    await files.fs.writeFile(`/files/${fileName(index)}`, payload.of(index));
  }
  await files.fs.mkdir('/small');
  const small = payloadOf(SMALL_BYTES);
  for (let index = 0; index < KEPT; index += 1) {
    await files.fs.writeFile(`/small/${fileName(index)}`, small.of(index));
  }
  await files.close();
}

function speedGroup(mib: number): Group {
  let source = '';
  const copy = (name: string, make: (target: string) => Promise<unknown>): Contender => ({
    name,
    run: async ({ folder }) => {
      const target = join(folder, 'copy');
      const stopwatch = startStopwatch();
      await make(target);
      const seconds = stopwatch.seconds();
      await rm(target);
      return { rate: mib / seconds, seconds };
    },
  });
  const backup = (name: string, depth: false | 'quick' | 'full'): Contender => ({
    name,
    run: async ({ folder }) => {
      const { volume } = await openCabinet(source);
      const target = join(folder, 'copy');
      const stopwatch = startStopwatch();
      const { bytes } = await volume.backup(target, { verify: depth });
      const seconds = stopwatch.seconds();
      await volume.close();
      verify(bytes > mib * MIB, 'the copy has all bytes');
      await rm(target);
      return { rate: mib / seconds, seconds };
    },
  });
  return {
    title: `copy of a volume of ${mib} MiB`,
    metrics: [
      { key: 'rate', label: 'MiB/s' },
      { key: 'seconds', label: 'seconds' },
    ],
    roundsMax: 3,
    prepare: async (folder) => {
      source = folder;
      await fill(folder, mib);
    },
    contenders: [
      copy(CP, (target) => runChild('cp', [volumePath(source), target])),
      copy(CP_SYNCED, async (target) => {
        await runChild('cp', [volumePath(source), target]);
        await runChild('sync', [target]);
      }),
      backup(UNVERIFIED, false),
      backup(QUICK, 'quick'),
      backup(FULL, 'full'),
    ],
    goals: [CP_SYNCED, CP].flatMap((against) =>
      [UNVERIFIED, FULL].map((name) => ({
        label: `${name}, against ${against}`,
        of: [name, 'rate'] as const,
        against: [against, 'rate'] as const,
        bound: { atLeast: 0.6 },
      })),
    ),
  };
}

function loadGroup(mib: number, durationMs: number): Group {
  return {
    title: `${WRITERS} callers write, ${READERS} read, a volume of ${mib} MiB`,
    metrics: [
      { key: 'writes', label: 'writes/s' },
      { key: 'reads', label: 'reads/s' },
      { key: 'backups', label: 'backups' },
      { key: 'backupSeconds', label: 's per backup' },
    ],
    roundsMax: 3,
    contenders: [loaded(ALONE, mib, durationMs, false), loaded(BESIDE, mib, durationMs, true)],
    goals: (['writes', 'reads'] as const).map(
      (metric): Goal => ({
        label: `${metric} while backups run`,
        of: [BESIDE, metric],
        against: [ALONE, metric],
        bound: { atLeast: 0.75 },
      }),
    ),
  };
}

function loaded(name: string, mib: number, durationMs: number, withBackup: boolean): Contender {
  let source = '';
  return {
    name,
    prepare: async (folder) => {
      source = folder;
      await fill(folder, mib);
    },
    run: async ({ folder }) => await runLoad(source, folder, durationMs, withBackup),
  };
}

async function runLoad(
  source: string,
  folder: string,
  durationMs: number,
  withBackup: boolean,
): Promise<Readings> {
  const { volume, fs, close } = await openCabinet(source);
  const payload = payloadOf(SMALL_BYTES);
  const endMs = performance.now() + durationMs;
  const over = (): boolean => performance.now() > endMs;
  const writers = runCallersUntil(WRITERS, over, (index) =>
    fs.writeFile(`/small/${fileName(index % KEPT)}`, payload.of(index)),
  );
  const readers = runCallersUntil(READERS, over, (index) =>
    fs.readFile(`/small/${fileName((index * 7) % KEPT)}`),
  );
  const backupMs: number[] = [];
  let isOver = false;
  const backups = (async (): Promise<void> => {
    for (let number = 0; withBackup && !over() && !isOver; number += 1) {
      const target = join(folder, `copy${number}`);
      const { durationMs: tookMs } = await volume.backup(target);
      backupMs.push(tookMs);
      await rm(target);
    }
  })();
  const [writes, reads] = await Promise.all([writers, readers]);
  isOver = true;
  const seconds = (performance.now() - endMs + durationMs) / 1000;
  await backups;
  await close();
  const total = backupMs.reduce((sum, ms) => sum + ms, 0);
  return {
    writes: writes / seconds,
    reads: reads / seconds,
    ...(withBackup && {
      backups: backupMs.length,
      backupSeconds: total / Math.max(1, backupMs.length) / 1000,
    }),
  };
}
