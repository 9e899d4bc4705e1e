/** tar-fs packs a volume into the bytes that it packs the same files on disk into, and unpacks them again. */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import test from 'ava';
import type { NodeFs } from '../support/subject.js';
import { addOddities, filesOf, type Place, treeOf, withPlaces } from './places.js';

interface Options {
  readonly fs: NodeFs;
  readonly sort?: boolean;
}

/** Its published types do not know the option `fs`. */
interface TarFs {
  pack(directory: string, options: Options): Readable;
  extract(directory: string, options: Options): Writable;
}

const tarFs = createRequire(import.meta.url)('tar-fs') as TarFs;

function pack({ fs, root }: Place): Readable {
  return tarFs.pack(root, { fs, sort: true });
}

/** The tree, and the times of its files: tar-fs sets none of links. */
async function treeAndTimes(place: Place): Promise<readonly unknown[]> {
  const times = filesOf(place, '.').map(
    (path) => place.fs.statSync(join(place.root, path)).mtimeMs,
  );
  return [await treeOf(place), times];
}

test('tar-fs packs a volume into the same bytes, and unpacks them through streams of it', async (t) => {
  const parts = ['src', 'docs', 'package-lock.json', 'node_modules/better-sqlite3/build/Release'];
  await withPlaces(t, { parts, add: addOddities }, async ({ disk, volume }) => {
    const expected = await buffer(pack(disk));
    t.true(expected.equals(await buffer(pack(volume))));

    const { fs } = volume;
    await pipeline(pack(volume), fs.createWriteStream('/archive.tar'));
    t.true(expected.equals(fs.readFileSync('/archive.tar')));
    const copies = [disk, volume].map((place) => ({ ...place, root: join(place.root, 'copy') }));
    for (const copy of copies) {
      const archive = fs.createReadStream('/archive.tar');
      await pipeline(archive, tarFs.extract(copy.root, { fs: copy.fs }));
    }
    const [onDisk, inVolume] = await Promise.all(copies.map(treeAndTimes));
    t.deepEqual(inVolume, onDisk);
  });
});

test('tar-fs makes of an archive of GNU tar what it makes on disk, hard links too', async (t) => {
  await withPlaces(t, { parts: ['src/core'], add: addOddities }, async ({ disk, volume }) => {
    const archive = execFileSync('tar', ['-cf', '-', '-C', disk.root, '.']);
    const copies = [disk, volume].map(({ fs, root }) => ({ fs, root: join(root, 'copy') }));
    for (const { fs, root } of copies) {
      await pipeline([archive], tarFs.extract(root, { fs }));
    }
    const [onDisk, inVolume] = await Promise.all(copies.map((copy) => treeOf(copy)));
    t.deepEqual(inVolume, onDisk);
    t.is(inVolume?.['odd/same.ts']?.nlink, 2);
  });
});
