/**
 * One big file in order, by size of page and of row: plain better-sqlite3 with a commit for every 4 MiB, and
 * a volume made with the same page and chunk, against a plain file that is synced at its end. Timed until
 * closed, the final checkpoint with it. Beside it what the page costs where files are small.
 */
import { closeSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { openCabinet } from '../contenders/cabinet.js';
import { openPlainChunks } from '../contenders/plain-sqlite.js';
import { payloadOf } from '../harness/payload.js';
import type { Contender, Group, Readings, Scenario } from '../harness/scenario.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { verify } from '../harness/verify.js';
import { fillDirectory } from './filled-directory.js';

const KIB = 1024;
const MIB = KIB * KIB;
const COMMIT_BYTES = 4 * MIB;
const PAGES = [4 * KIB, 8 * KIB, 16 * KIB, 64 * KIB] as const;
const ROWS = [64 * KIB, MIB] as const;
const FILE = 'a file, synced';
const SMALL_CALLERS = 64;
const piece = payloadOf(MIB);
const small = payloadOf(10_240);

interface Shape {
  readonly pageBytes: number;
  readonly rowBytes: number;
}

export const pageSizeScenario: Scenario = {
  name: 'page-size',
  about: 'a big file in order by size of page and of row',
  groups: ({ quick }) => [bigGroup(quick ? 64 : 1024), smallGroup(quick ? 2000 : 20_000)],
};

const SHAPES: readonly Shape[] = PAGES.flatMap((pageBytes) =>
  ROWS.map((rowBytes) => ({ pageBytes, rowBytes })),
);

function nameOf(what: string, { pageBytes, rowBytes }: Shape): string {
  return `${what}, page ${pageBytes / KIB} KiB, ${rowBytes === MIB ? '1 MiB' : `${rowBytes / KIB} KiB`}`;
}

function bigGroup(mib: number): Group {
  return {
    title: `${mib} MiB in order, MiB/s with close`,
    metrics: [
      { key: 'write', label: 'written' },
      { key: 'read', label: 'read again' },
    ],
    contenders: [
      { name: FILE, run: async ({ folder }) => await plainFile(folder, mib) },
      ...SHAPES.flatMap((shape) => [
        contender(nameOf('plain', shape), async (folder) => plainRows(folder, shape, mib)),
        contender(nameOf('volume', shape), async (folder) => await volume(folder, shape, mib)),
      ]),
    ],
    goals: SHAPES.flatMap((shape) => {
      const name = nameOf('volume', shape);
      return [
        {
          label: name,
          of: [name, 'write'],
          against: [nameOf('plain', shape), 'write'],
          bound: { atLeast: 0.9 },
        },
        { label: name, of: [name, 'write'], against: [FILE, 'write'], bound: { atLeast: 0.25 } },
        {
          label: `${name}, read`,
          of: [name, 'read'],
          against: [FILE, 'read'],
          bound: { atLeast: 0.8 },
        },
      ] as const;
    }),
    roundsMax: 3,
  };
}

function contender(name: string, run: (folder: string) => Promise<Readings>): Contender {
  return { name, run: async ({ folder }) => await run(folder) };
}

async function plainFile(folder: string, mib: number): Promise<Readings> {
  const path = join(folder, 'plain');
  const writing = startStopwatch();
  const fd = openSync(path, 'w+');
  for (let index = 0; index < mib; index += 1) writeSync(fd, piece.of(index));
  fsyncSync(fd);
  const write = mib / writing.seconds();
  const buffer = Buffer.alloc(MIB);
  const reading = startStopwatch();
  for (let index = 0; index < mib; index += 1) readSync(fd, buffer, 0, MIB, index * MIB);
  const read = mib / reading.seconds();
  closeSync(fd);
  return { write, read };
}

function plainRows(folder: string, { pageBytes, rowBytes }: Shape, mib: number): Readings {
  const rows = (mib * MIB) / rowBytes;
  const perCommit = COMMIT_BYTES / rowBytes;
  const content = payloadOf(rowBytes);
  const writing = startStopwatch();
  const chunks = openPlainChunks(folder, pageBytes);
  for (let index = 0; index < rows; index += 1) {
    if (index % perCommit === 0) chunks.begin();
    chunks.put(index, content.of(index));
    if ((index + 1) % perCommit === 0) chunks.commit();
  }
  chunks.close();
  const write = mib / writing.seconds();
  const again = openPlainChunks(folder);
  const reading = startStopwatch();
  let bytes = 0;
  for (let index = 0; index < rows; index += 1) bytes += again.get(index).length;
  const read = mib / reading.seconds();
  verify(bytes === mib * MIB, 'every row was read');
  again.close();
  return { write, read };
}

async function volume(folder: string, shape: Shape, mib: number): Promise<Readings> {
  const options = { pageSizeBytes: shape.pageBytes, chunkSizeBytes: shape.rowBytes };
  const files = await openCabinet(folder, 'normal', options);
  const writing = startStopwatch();
  const file = await files.fs.open('/big', 'w');
  for (let index = 0; index < mib; index += 1) {
    await file.write(piece.of(index), 0, MIB, index * MIB);
  }
  await file.close();
  await files.close();
  const write = mib / writing.seconds();
  const again = await openCabinet(folder);
  const buffer = Buffer.alloc(MIB);
  const source = await again.fs.open('/big', 'r');
  const reading = startStopwatch();
  let bytes = 0;
  for (let index = 0; index < mib; index += 1) {
    bytes += (await source.read(buffer, 0, MIB, index * MIB)).bytesRead;
  }
  const read = mib / reading.seconds();
  verify(bytes === mib * MIB, 'every byte was read');
  await source.close();
  await again.close();
  return { write, read };
}

/** What the choice costs everybody else. */
function smallGroup(count: number): Group {
  return {
    title: `files of 10 KB from ${SMALL_CALLERS} callers by size of page`,
    metrics: [{ key: 'rate', label: 'files/s with close' }],
    contenders: PAGES.map((pageBytes) =>
      contender(`volume, page ${pageBytes / KIB} KiB`, async (folder) => {
        const files = await openCabinet(folder, 'normal', { pageSizeBytes: pageBytes });
        await fillDirectory(files, 'warm-up', count / 5, small);
        const stopwatch = startStopwatch();
        await fillDirectory(files, 'files', count, small, SMALL_CALLERS);
        await files.close();
        return { rate: count / stopwatch.seconds() };
      }),
    ),
    goals: [],
  };
}
