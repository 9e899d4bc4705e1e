/**
 * What calls cost in files of 1 MB to 100 GB, most of which is holes: pieces of 4 KiB stand far from each other all
 * over the file, as in the image of a disk.
 */
import { stat } from 'node:fs/promises';
import { type CabinetFiles, openCabinet, volumePath } from '../contenders/cabinet.js';
import type { Contender, Goal, Readings, Scenario } from '../harness/scenario.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { verify } from '../harness/verify.js';
import { scattered } from './filled-directory.js';

const MB = 1_000_000;
const GB = 1000 * MB;
const CHUNK_BYTES = 65_536;
const PIECE_BYTES = 4096;
/** As many as the smallest file has room for, so that only the length differs. */
const PIECES = 15;
const CALLS = 1500;
const SIZES = [
  { name: '1 MB', bytes: MB },
  { name: '100 MB', bytes: 100 * MB },
  { name: '10 GB', bytes: 10 * GB },
  { name: '100 GB', bytes: 100 * GB },
] as const;
const [SMALLEST, , , LARGEST] = SIZES;

/** Microseconds, but for the last. */
const METRICS = [
  { key: 'open', label: 'openVolume' },
  { key: 'read', label: 'read 4 KiB' },
  { key: 'hole', label: 'read 4 KiB of a hole' },
  { key: 'write', label: 'write 4 KiB' },
  { key: 'truncate', label: 'truncate by a byte' },
  { key: 'stat', label: 'stat' },
  { key: 'check', label: 'check' },
  { key: 'unlink', label: 'unlink' },
  { key: 'disk', label: 'KB on disk' },
] as const;

export const volumeSizeScenario: Scenario = {
  name: 'volume-size',
  about: 'calls on files of 1 MB to 100 GB that are mostly holes',
  groups: () => [
    {
      title: `one file with ${PIECES} pieces of 4 KiB, by its length: µs`,
      metrics: METRICS,
      contenders: SIZES.map(({ name, bytes }) => contender(name, bytes)),
      goals: METRICS.filter(({ key }) => key !== 'disk').map(({ key, label }) => goal(key, label)),
    },
  ],
};

function goal(key: string, label: string): Goal {
  return {
    label: `${label}, ${LARGEST.name}`,
    of: [LARGEST.name, key],
    against: [SMALLEST.name, key],
    unit: `of that at ${SMALLEST.name}`,
    bound: { atMost: 1.3 },
  };
}

function contender(name: string, bytes: number): Contender {
  return {
    name,
    run: async ({ folder }): Promise<Readings> => {
      await make(folder, bytes);
      const { size } = await stat(volumePath(folder));
      const stopwatch = startStopwatch();
      const files = await openCabinet(folder);
      const open = stopwatch.seconds() * 1e6;
      const calls = await measureCalls(files, bytes);
      await files.close();
      return { open, ...calls, disk: size / 1000 };
    },
  };
}

/** Where the piece begins: in the middle of a chunk of its own. */
function placeOf(index: number, bytes: number): number {
  const chunks = Math.floor(bytes / CHUNK_BYTES);
  const chunk = Math.floor((index * chunks) / PIECES);
  return chunk * CHUNK_BYTES + 2 * PIECE_BYTES;
}

function pieceOf(index: number): Buffer {
  return Buffer.alloc(PIECE_BYTES, index + 1);
}

async function make(folder: string, bytes: number): Promise<void> {
  const { fs, close } = await openCabinet(folder);
  const file = await fs.open('/file', 'w');
  await file.truncate(bytes);
  for (let index = 0; index < PIECES; index += 1) {
    await file.write(pieceOf(index), 0, PIECE_BYTES, placeOf(index, bytes));
  }
  await file.close();
  await close();
}

async function measureCalls({ fs, volume }: CabinetFiles, bytes: number): Promise<Readings> {
  const file = await fs.open('/file', 'r+');
  const at = scattered(PIECES);
  const buffer = Buffer.alloc(PIECE_BYTES);
  const read = await microseconds(CALLS, async (step) => {
    await file.read(buffer, 0, PIECE_BYTES, placeOf(at(step), bytes));
    verify(buffer[0] === at(step) + 1, 'a piece is read');
  });
  const hole = await microseconds(CALLS, async (step) => {
    await file.read(buffer, 0, PIECE_BYTES, placeOf(at(step), bytes) + PIECE_BYTES);
    verify(buffer[0] === 0, 'a hole is zeros');
  });
  const write = await microseconds(CALLS, async (step) => {
    await file.write(pieceOf(at(step)), 0, PIECE_BYTES, placeOf(at(step), bytes));
  });
  const truncate = await microseconds(
    CALLS,
    async (step) => await file.truncate(bytes - (step % 2)),
  );
  await file.truncate(bytes);
  await file.close();
  const stats = await microseconds(CALLS, async () => {
    verify((await fs.stat('/file')).size === bytes, 'the length is right');
  });
  const check = await microseconds(1, async () => {
    verify((await volume.check()).ok, 'the volume is whole');
  });
  const unlink = await microseconds(1, async () => await fs.unlink('/file'));
  return { read, hole, write, truncate, stat: stats, check, unlink };
}

async function microseconds(
  count: number,
  task: (step: number) => Promise<unknown>,
): Promise<number> {
  const stopwatch = startStopwatch();
  for (let step = 0; step < count; step += 1) await task(step);
  return (stopwatch.seconds() * 1e6) / count;
}
