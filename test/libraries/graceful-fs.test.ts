/** graceful-fs and fs-extra, which stands on it, do in a volume what they do on disk. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import test from 'ava';
import type FsExtra from 'fs-extra';
import type GracefulFs from 'graceful-fs';
import type { NodeFs } from '../support/subject.js';
import { withVolume } from '../support/temporary-volume.js';
import { addOddities, filesOf, type Place, treeOf, withPlaces } from './places.js';

const require = createRequire(import.meta.url);
const PARTS = ['src/core', 'docs', 'package.json'];

function gracefulify(fs: NodeFs): NodeFs {
  return (require('graceful-fs') as typeof GracefulFs).gracefulify(fs) as unknown as NodeFs;
}

/**
 * fs-extra takes no fs: it asks for the module `graceful-fs`. So each copy of it is loaded with another
 * object in the place of that module.
 */
function loadFsExtra(graceful: unknown): typeof FsExtra {
  const id = require.resolve('graceful-fs');
  require(id);
  const loaded = require.cache[id];
  if (loaded === undefined) throw new Error('graceful-fs was loaded and is not there');
  const original: unknown = loaded.exports;
  for (const key of Object.keys(require.cache)) {
    if (/node_modules\/(fs-extra|jsonfile)\//.test(key)) delete require.cache[key];
  }
  loaded.exports = graceful;
  try {
    return require('fs-extra') as typeof FsExtra;
  } finally {
    loaded.exports = original;
  }
}

/** The outcome of a call, with paths from the place's root. */
async function outcome(root: string, call: () => unknown): Promise<unknown> {
  try {
    const result = await call();
    return typeof result === 'string' ? result.replaceAll(root, '') : (result ?? 'nothing');
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    return `${code}: ${message.replaceAll(root, '')}`;
  }
}

/** Each of what fs-extra adds to `node:fs`, in both styles, with what it refuses. */
function callsOf(extra: typeof FsExtra, { root }: Place): (() => unknown)[] {
  const at = (path: string): string => join(root, path);
  return [
    () => extra.copy(at('src'), at('copy/of/src')),
    () => extra.copy(at('odd'), at('odd-copy'), { preserveTimestamps: true }),
    () => extra.copySync(at('odd'), at('odd-sync'), { dereference: false }),
    () => extra.copy(at('docs'), at('some'), { filter: (path: string) => !path.endsWith('i.md') }),
    () => extra.copySync(at('docs'), at('docs/into-itself')),
    () => extra.copy(at('missing'), at('x')),
    () => extra.copy(at('package.json'), at('src'), { overwrite: false, errorOnExist: true }),
    () => extra.copySync(at('package.json'), at('package.json')),
    () => extra.move(at('copy/of/src'), at('moved/here')),
    () => extra.moveSync(at('some'), at('moved/some')),
    () => extra.move(at('moved/here'), at('docs')),
    () => extra.move(at('moved/some'), at('docs'), { overwrite: true }),
    () => extra.moveSync(at('moved'), at('moved/deeper')),
    () => extra.outputFile(at('new/er/file'), 'text', { mode: 0o600 }),
    () => extra.outputJsonSync(at('new/json'), { list: [1, 2] }, { spaces: 2 }),
    () => extra.readJson(at('new/json')),
    () => extra.readJsonSync(at('new/er/file')),
    () => extra.writeJson(at('missing/json'), {}),
    () => extra.ensureDir(at('made/by/ensure'), { mode: 0o700 }),
    () => extra.ensureDirSync(at('package.json')),
    () => extra.ensureFile(at('made/file')),
    () => extra.ensureFileSync(at('package.json/below')),
    () => extra.ensureLink(at('package.json'), at('made/link')),
    () => extra.ensureLinkSync(at('missing'), at('made/other')),
    () => extra.ensureSymlink('../docs', at('made/to/docs'), 'dir'),
    () => extra.ensureSymlinkSync(at('package.json'), at('made/to/package')),
    () => extra.pathExists(at('made/to/package')),
    () => extra.pathExistsSync(at('odd/dangling')),
    () => extra.emptyDir(at('odd-copy')),
    () => extra.emptyDirSync(at('emptied')),
    () => extra.remove(at('odd-sync')),
    () => extra.removeSync(at('missing')),
    () => extra.readdir(at('missing')),
    () => extra.stat(at('docs')).then((stats) => stats.isDirectory()),
    () => extra.open(at('package.json'), 'r').then((fd) => extra.close(fd)),
  ];
}

test('fs-extra does in a volume what it does on disk', async (t) => {
  await withPlaces(t, { parts: PARTS, add: addOddities }, async ({ disk, volume }) => {
    const run = async (place: Place, extra: typeof FsExtra): Promise<unknown[]> => {
      const outcomes: unknown[] = [];
      for (const call of callsOf(extra, place)) outcomes.push(await outcome(place.root, call));
      return outcomes;
    };
    const expected = await run(disk, loadFsExtra(require('graceful-fs')));
    const given = await run(volume, loadFsExtra(gracefulify(volume.fs)));
    const calls = callsOf({} as typeof FsExtra, disk);
    for (const [index, call] of calls.entries())
      t.deepEqual(given[index], expected[index], `${call}`);
    t.deepEqual(await treeOf(volume), await treeOf(disk));
  });
});

test('graceful-fs waits where more files are opened than may be', async (t) => {
  const FILES = 200;
  await withVolume(t, { handlesMax: 16 }, async ({ volume }) => {
    const read = (fs: NodeFs): Promise<PromiseSettledResult<Buffer>[]> =>
      Promise.allSettled(
        Array.from({ length: FILES }, (_, index) => buffer(fs.createReadStream(`/${index}`))),
      );
    for (let index = 0; index < FILES; index += 1) volume.fs.writeFileSync(`/${index}`, `${index}`);
    const plain = (await read(volume.fs)).filter(({ status }) => status === 'rejected');
    t.true(plain.length > 0);
    t.true(plain.every((result) => 'reason' in result && result.reason.code === 'EMFILE'));
    gracefulify(volume.fs);
    const texts = (await read(volume.fs)).map((result) =>
      result.status === 'fulfilled' ? result.value.toString() : String(result.reason),
    );
    t.deepEqual(
      texts,
      Array.from({ length: FILES }, (_, index) => `${index}`),
    );
  });
});

test('graceful-fs, put over a volume, reads and writes as on disk', async (t) => {
  await withPlaces(t, { parts: PARTS }, async ({ disk, volume }) => {
    const expected = { fs: gracefulify({ ...disk.fs }), root: disk.root };
    const given = { fs: gracefulify(volume.fs), root: volume.root };
    for (const place of [expected, given]) {
      const { fs, root } = place;
      const files = filesOf(place, '.');
      await Promise.all(
        files.map(async (path) => {
          const content = await fs.promises.readFile(join(root, path));
          const target = fs.createWriteStream(join(root, `${path}.copy`));
          await new Promise<void>((resolve, reject) => {
            target.on('close', resolve).on('error', reject).end(content);
          });
        }),
      );
      await new Promise<void>((resolve, reject) => {
        fs.rename(join(root, 'docs'), join(root, 'papers'), (e) => (e ? reject(e) : resolve()));
      });
    }
    t.deepEqual(await treeOf(given), await treeOf(expected));
  });
});
