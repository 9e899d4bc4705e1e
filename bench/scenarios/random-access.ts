/**
 * `read` and `write` of 4 KiB at random places of a 16 MB and of a 1 GB file: the cost must not grow with
 * the file. Plain better-sqlite3 keeps rows of 64 or 16 KiB; to change 4 KiB it reads the row and writes it
 * back in a transaction of its own. A volume has chunks of 64 KiB unless it is made with others.
 */
import type { FileHandle } from 'node:fs/promises';
import type { AsyncFiles, OpenFiles } from '../contenders/async-files.js';
import { cabinetName, cabinetOpener, openCabinet } from '../contenders/cabinet.js';
import { NODE_PROMISES, openNodeFiles } from '../contenders/node-promises.js';
import { openPlainChunks, type PlainChunks } from '../contenders/plain-sqlite.js';
import { type Closable, fixtureContender } from '../harness/fixture.js';
import { payloadOf } from '../harness/payload.js';
import type { Contender, Group, Scenario } from '../harness/scenario.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { verify } from '../harness/verify.js';
import { writeBigFile } from './big-file.js';
import { scattered } from './filled-directory.js';

const MIB = 1_048_576;
const BLOCK_BYTES = 4096;
const KIB = 1024;
const SMALL_BYTES = 16 * MIB;
const BIG_BYTES = 1024 * MIB;
/** The sizes take turns, so that a pause of the machine hits both. */
const SLICES = 10;
const PLAIN_CHUNKS = 'plain rows of 64 KiB';
const PLAIN_SMALL = 'plain rows of 16 KiB';
const CABINET = cabinetName('normal');
/** Other sizes of chunks, for writing. */
const CHUNKS = [16 * KIB, MIB];
const block = payloadOf(BLOCK_BYTES);

/** Reads or writes block number `index` of one file; true when all bytes were handled. */
type Access = (index: number) => boolean | Promise<boolean>;

interface Sizes extends Closable {
  readonly small: Accesses;
  readonly big: Accesses;
}

interface Accesses {
  readonly read: Access;
  readonly write: Access;
}

export const randomAccessScenario: Scenario = {
  name: 'random-access',
  about: '4 KiB reads and writes at random places of a 16 MB and a 1 GB file',
  groups: ({ quick }) => [
    accessGroup('read', quick ? 4000 : 20_000),
    accessGroup('write', quick ? 2000 : 10_000),
  ],
};

function accessGroup(kind: keyof Accesses, count: number): Group {
  const label = `4 KiB p${kind} at 1 GB`;
  const contender = (name: string, open: (folder: string) => Promise<Sizes>): Contender =>
    fixtureContender(name, open, async (sizes) => await measure(sizes, kind, count));
  const sameAtSmall = {
    label,
    of: [CABINET, 'big'],
    against: [CABINET, 'small'],
    unit: 'of the same at 16 MB',
    bound: { atLeast: 0.8 },
  } as const;
  const plain = {
    label,
    of: [CABINET, 'big'],
    against: [PLAIN_CHUNKS, 'big'],
    bound: { atLeast: 0.8 },
  } as const;
  const halfOfPlain = [CABINET, ...CHUNKS.map(nameOfChunks)].map(
    (name) =>
      ({
        label: `${label}, ${name}`,
        of: [name, 'big'],
        against: [PLAIN_SMALL, 'big'],
        bound: { atLeast: 0.5 },
      }) as const,
  );
  return {
    title: `4 KiB p${kind}, 1 caller`,
    metrics: [
      { key: 'small', label: `${kind}s/s at 16 MB` },
      { key: 'big', label: `${kind}s/s at 1 GB` },
    ],
    contenders: [
      contender(PLAIN_CHUNKS, async (folder) => openPlainSizes(folder, 64 * KIB)),
      contender(PLAIN_SMALL, async (folder) => openPlainSizes(folder, 16 * KIB)),
      contender(NODE_PROMISES, async (folder) => await openAsyncSizes(openNodeFiles, folder)),
      contender(CABINET, async (folder) => await openAsyncSizes(cabinetOpener('normal'), folder)),
      ...CHUNKS.map((chunkSizeBytes) =>
        contender(nameOfChunks(chunkSizeBytes), async (folder) => {
          const open: OpenFiles = async (at) => await openCabinet(at, 'normal', { chunkSizeBytes });
          return await openAsyncSizes(open, folder);
        }),
      ),
    ],
    goals: kind === 'read' ? [sameAtSmall, plain] : [sameAtSmall, ...halfOfPlain],
  };
}

function nameOfChunks(chunkSizeBytes: number): string {
  return `${CABINET}, chunks of ${chunkSizeBytes === MIB ? '1 MiB' : `${chunkSizeBytes / KIB} KiB`}`;
}

async function measure(
  sizes: Sizes,
  kind: keyof Accesses,
  count: number,
): Promise<Record<'small' | 'big', number>> {
  const seconds = { small: 0, big: 0 };
  for (let slice = 0; slice < SLICES; slice += 1) {
    for (const size of ['small', 'big'] as const) {
      const access = sizes[size][kind];
      const at = scattered((size === 'small' ? SMALL_BYTES : BIG_BYTES) / BLOCK_BYTES);
      const first = (slice * count) / SLICES;
      const stopwatch = startStopwatch();
      for (let step = first; step < first + count / SLICES; step += 1) {
        verify(await access(at(step)), 'all bytes were handled');
      }
      seconds[size] += stopwatch.seconds();
    }
  }
  return { small: count / seconds.small, big: count / seconds.big };
}

async function openAsyncSizes(open: OpenFiles, folder: string): Promise<Sizes> {
  const fill = await open(folder);
  await writeBigFile(fill, 'small', MIB, SMALL_BYTES / MIB);
  await writeBigFile(fill, 'big', MIB, BIG_BYTES / MIB);
  await fill.close();
  const files = await open(folder);
  const small = await files.fs.open(`${files.root}/small`, 'r+');
  const big = await files.fs.open(`${files.root}/big`, 'r+');
  return {
    small: handleAccesses(small),
    big: handleAccesses(big),
    close: async () => await closeAll(small, big, files),
  };
}

async function closeAll(small: FileHandle, big: FileHandle, files: AsyncFiles): Promise<void> {
  await small.close();
  await big.close();
  await files.close();
}

function handleAccesses(file: FileHandle): Accesses {
  const buffer = Buffer.alloc(BLOCK_BYTES);
  return {
    read: async (index) => {
      const { bytesRead } = await file.read(buffer, 0, BLOCK_BYTES, index * BLOCK_BYTES);
      return bytesRead === BLOCK_BYTES;
    },
    write: async (index) => {
      const content = block.of(index);
      const { bytesWritten } = await file.write(content, 0, BLOCK_BYTES, index * BLOCK_BYTES);
      return bytesWritten === BLOCK_BYTES;
    },
  };
}

function openPlainSizes(folder: string, rowBytes: number): Sizes {
  const fill = openPlainChunks(folder);
  const content = payloadOf(rowBytes);
  fill.begin();
  const chunks = (SMALL_BYTES + BIG_BYTES) / rowBytes;
  for (let index = 0; index < chunks; index += 1) fill.put(index, content.of(index));
  fill.commit();
  fill.close();
  const database = openPlainChunks(folder);
  return {
    small: chunkAccesses(database, 0, rowBytes),
    big: chunkAccesses(database, SMALL_BYTES / rowBytes, rowBytes),
    close: () => database.close(),
  };
}

function chunkAccesses(chunks: PlainChunks, firstChunk: number, rowBytes: number): Accesses {
  const buffer = Buffer.alloc(BLOCK_BYTES);
  const perChunk = rowBytes / BLOCK_BYTES;
  return {
    read: (index) => {
      const offset = (index % perChunk) * BLOCK_BYTES;
      const chunk = chunks.get(firstChunk + Math.floor(index / perChunk));
      return chunk.copy(buffer, 0, offset, offset + BLOCK_BYTES) === BLOCK_BYTES;
    },
    write: (index) => {
      const number = firstChunk + Math.floor(index / perChunk);
      chunks.begin();
      const chunk = chunks.get(number);
      const copied = block.of(index).copy(chunk, (index % perChunk) * BLOCK_BYTES);
      chunks.put(number, chunk);
      chunks.commit();
      return copied === BLOCK_BYTES;
    },
  };
}
