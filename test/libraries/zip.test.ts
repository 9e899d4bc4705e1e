/** yazl writes an archive from streams to a stream, yauzl reads it through streams of ranges; all of a volume. */
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import test from 'ava';
import yauzl from 'yauzl';
import yazl from 'yazl';
import type { NodeFs } from '../support/subject.js';
import { filesOf, type Place, treeOf, withPlaces } from './places.js';

const PARTS = ['src', 'docs', 'node_modules/better-sqlite3/build/Release'];

/** An archive of everything below the place. */
function zip(place: Place): Readable {
  const { fs, root } = place;
  const archive = new yazl.ZipFile();
  for (const path of filesOf(place, '.')) {
    const { mtime, mode, size } = fs.statSync(join(root, path));
    archive.addReadStreamLazy(path, { mtime, mode, size }, (callback) =>
      callback(null, fs.createReadStream(join(root, path))),
    );
  }
  archive.end();
  return archive.outputStream as Readable;
}

/** yauzl's own way of reading from something else than a file on disk: a stream for each range. */
class RangeReader extends yauzl.RandomAccessReader {
  readonly #fs: NodeFs;
  readonly #path: string;

  constructor(fs: NodeFs, path: string) {
    super();
    this.#fs = fs;
    this.#path = path;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return this.#fs.createReadStream(this.#path, { start, end: end - 1 });
  }
}

/** How many entries there were. */
async function unzip(fs: NodeFs, archive: string, target: string): Promise<number> {
  const reader = new RangeReader(fs, archive);
  const zipFile = await yauzl.fromRandomAccessReaderPromise(reader, fs.statSync(archive).size);
  let entries = 0;
  for await (const entry of zipFile.eachEntry()) {
    const path = join(target, entry.fileName);
    fs.mkdirSync(dirname(path), { recursive: true });
    const mode = entry.externalFileAttributes >>> 16;
    const content = await zipFile.openReadStreamPromise(entry);
    await pipeline(content, fs.createWriteStream(path, { mode }));
    entries += 1;
  }
  return entries;
}

/** Files with mode and content; an archive without entries for directories says nothing of these. */
async function contents(place: Place): Promise<readonly unknown[]> {
  const tree = Object.entries(await treeOf(place));
  return tree
    .filter(([, { kind }]) => kind === 'file')
    .map(([path, { mode, content }]) => [path, mode, content]);
}

test('yazl and yauzl pack and unpack a volume', async (t) => {
  await withPlaces(t, { parts: PARTS }, async ({ disk, volume }) => {
    const { fs } = volume;
    await pipeline(zip(volume), fs.createWriteStream('/archive.zip'));
    t.true(fs.readFileSync('/archive.zip').equals(await buffer(zip(disk))));

    fs.mkdirSync('/copy');
    t.is(await unzip(fs, '/archive.zip', '/copy'), filesOf(volume, '.').length);
    t.deepEqual(await contents({ fs, root: '/copy' }), await contents(disk));
  });
});
