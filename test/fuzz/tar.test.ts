/**
 * Archives that were damaged or made to lie: read as they are or refused with `ERR_ARCHIVE_INVALID`,
 * nothing outside of the target, a sound volume (which `withVolume` checks), and bounded memory.
 */
import { Readable } from 'node:stream';
import test from 'ava';
import fc from 'fast-check';
import { exportTar, importTar, type Volume } from '#src/index.js';
import { withVolume } from '../support/temporary-volume.js';
import { fuzz } from './runs.js';
import {
  type Damage,
  damaged,
  damages,
  record,
  recordBytes,
  type TarRecord,
} from './tar-records.js';

const TARGET = '/target';
/** Records of an archive hold less than this; what reading one takes is a few times as much. */
const MEMORY_BYTES_MAX = 256 * 1024 * 1024;

interface Import {
  readonly archive: Buffer;
  readonly pieceBytes: number;
  readonly overwrite: boolean;
  readonly owners: boolean;
}

function piecesOf(bytes: Buffer, pieceBytes: number): Readable {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    pieces.push(bytes.subarray(at, at + pieceBytes));
  }
  return Readable.from(pieces);
}

/** Everything that is not below the target, to the last byte. */
async function outside({ fs }: Volume): Promise<unknown> {
  const names = (await fs.promises.readdir('/')).filter((name) => `/${name}` !== TARGET);
  const inside = await fs.promises.readdir('/precious');
  const { nlink, mode, mtimeMs } = await fs.promises.stat('/precious/file');
  return {
    names,
    inside,
    content: await fs.promises.readFile('/precious/file', 'utf8'),
    nlink,
    mode,
    mtimeMs,
  };
}

async function importInto(
  volume: Volume,
  { archive, pieceBytes, overwrite, owners }: Import,
): Promise<void> {
  await volume.fs.promises.rm(TARGET, { recursive: true, force: true });
  // Links that lead out, as an earlier import may have left them.
  await volume.fs.promises.mkdir(TARGET);
  await volume.fs.promises.symlink('/precious', `${TARGET}/door`);
  await volume.fs.promises.symlink('../precious/file', `${TARGET}/link`);
  const before = await outside(volume);
  try {
    const stream = piecesOf(archive, pieceBytes);
    await importTar(volume, stream, { to: TARGET, overwrite, owners });
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_ARCHIVE_INVALID') throw error;
  }
  const after = await outside(volume);
  if (JSON.stringify(after) !== JSON.stringify(before)) {
    throw new Error(`outside of the target: ${JSON.stringify(after)}`);
  }
}

async function prepare({ fs }: Volume): Promise<void> {
  await fs.promises.mkdir('/precious');
  await fs.promises.writeFile('/precious/file', 'old');
}

/** A real archive, with one of everything that `exportTar` writes. */
async function realArchive(volume: Volume): Promise<Buffer> {
  const { promises } = volume.fs;
  await promises.mkdir('/source/dir', { recursive: true });
  await promises.writeFile('/source/small', 'small');
  await promises.writeFile('/source/dir/big', Buffer.alloc(70_000, 'big'));
  await promises.writeFile(`/source/${'n'.repeat(200)}`, 'long name');
  await promises.link('/source/small', '/source/zz-hard');
  await promises.symlink('dir/big', '/source/link');
  await promises.truncate('/source/dir/big', 400_000);
  await volume.setXattr('/source/small', 'user.x', 'value');
  const pieces: Buffer[] = [];
  const { Writable } = await import('node:stream');
  const sink = new Writable({
    write: (piece: Buffer, _encoding, done) => {
      pieces.push(piece);
      done();
    },
  });
  await exportTar(volume, sink, { from: '/source' });
  await promises.rm('/source', { recursive: true });
  return Buffer.concat(pieces);
}

const how = {
  pieceBytes: fc.constantFrom(1, 100, 511, 512, 513, 100_000).map((size) => Math.max(size, 64)),
  overwrite: fc.boolean(),
  owners: fc.boolean(),
};

/** Runs `work`, which must not make the process much bigger. */
async function withinMemory(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage.rss();
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss() - before);
  }, 20);
  await work().finally(() => clearInterval(timer));
  return most;
}

test.serial('real archives with bytes turned, left out, doubled and exchanged', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    await prepare(volume);
    const whole = await realArchive(volume);
    const grown = await withinMemory(() =>
      fuzz(t, fc.record({ damage: damages, ...how }), 200, async ({ damage, ...rest }) => {
        await importInto(volume, { archive: damaged(whole, damage as readonly Damage[]), ...rest });
      }),
    );
    t.true(grown < MEMORY_BYTES_MAX, `${grown} bytes more`);
  });
});

test.serial(
  'archives of records with absurd fields, pax and GNU extensions included',
  async (t) => {
    await withVolume(t, {}, async ({ volume }) => {
      await prepare(volume);
      const records = fc.array(record, { minLength: 1, maxLength: 6 });
      const grown = await withinMemory(() =>
        fuzz(t, fc.record({ records, ...how }), 300, async ({ records: list, ...rest }) => {
          const parts = (list as readonly TarRecord[]).map(recordBytes);
          await importInto(volume, {
            archive: Buffer.concat([...parts, Buffer.alloc(1024)]),
            ...rest,
          });
        }),
      );
      t.true(grown < MEMORY_BYTES_MAX, `${grown} bytes more`);
    });
  },
);
