/** Archives go to and come from GNU tar, in all the forms that it writes. */
import { execFileSync } from 'node:child_process';
import { createReadStream, createWriteStream, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import test from 'ava';
import { exportTar, exportTree, importTar, importTree } from '#src/index.js';
import { captureHostTree, type HostTree, makeTree, takenBytes } from '../support/host-tree.js';
import { withVolume } from '../support/temporary-volume.js';

type Fields = Readonly<Record<string, unknown>>;

/** Without what the old formats cannot hold: fractions of seconds and attributes. */
function plain(tree: HostTree): Fields {
  return Object.fromEntries(
    Object.entries(tree)
      // Old formats have no years before 1970 or after 2242, and no owners over 2 million.
      .filter(([path]) => !['chunk', 'link', 'piece'].includes(path))
      .map(([path, { xattrs: _, mtimeNs, ...rest }]) => [
        path,
        { ...rest, mtime: String(BigInt(mtimeNs) / 1_000_000_000n) },
      ]),
  );
}

const FORMATS = [
  { name: 'posix', args: ['--format=posix', '--xattrs'], isExact: true },
  { name: 'posix, sparse 1.0', args: ['--format=posix', '--xattrs', '-S'], isExact: true },
  {
    name: 'posix, sparse 0.1',
    args: ['--format=posix', '--xattrs', '-S', '--sparse-version=0.1'],
    isExact: true,
  },
  {
    name: 'posix, sparse 0.0',
    args: ['--format=posix', '--xattrs', '-S', '--sparse-version=0.0'],
    isExact: true,
  },
  { name: 'gnu', args: ['--format=gnu'], isExact: false },
  { name: 'gnu, old sparse', args: ['--format=gnu', '-S'], isExact: false },
  { name: 'posix, gzipped', args: ['--format=posix', '--xattrs', '-z'], isExact: true },
];

for (const { name, args, isExact } of FORMATS) {
  test(`reads what GNU tar writes: ${name}`, async (t) => {
    await withVolume(t, {}, async ({ volume, folder }) => {
      const source = join(folder, 'source');
      await makeTree(source);
      const before = await captureHostTree(source);
      const archive = join(folder, 'archive.tar');
      execFileSync('tar', [...args, '-cf', archive, '-C', source, '.'], { stdio: 'ignore' });
      const { skipped } = await importTar(volume, createReadStream(archive));
      t.deepEqual(skipped, []);
      await exportTree(volume, join(folder, 'copy'));
      const after = await captureHostTree(join(folder, 'copy'));
      if (isExact) t.deepEqual(after, before);
      else t.deepEqual(plain(after), plain(before));
      if (args.includes('-S')) t.is(takenBytes(join(folder, 'copy/all-hole')), 0);
    });
  });
}

test('GNU tar reads what we write', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const source = join(folder, 'source');
    await makeTree(source);
    const before = await captureHostTree(source);
    await importTree(volume, source);
    const archive = join(folder, 'archive.tar');
    const output = createWriteStream(archive);
    await exportTar(volume, output);
    output.end();
    await finished(output);
    const copy = join(folder, 'copy');
    mkdirSync(copy);
    const args = ['--xattrs', '--same-owner', '-xpf', archive, '-C', copy];
    const said = execFileSync('tar', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    t.is(said, '');
    t.deepEqual(await captureHostTree(copy), before);
    t.is(takenBytes(join(copy, 'all-hole')), 0);
  });
});

test('an archive without entries for its directories makes them', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    mkdirSync(join(folder, 'a/b/c'), { recursive: true });
    writeFileSync(join(folder, 'a/b/c/file'), 'x');
    const archive = join(folder, 'archive.tar');
    execFileSync('tar', ['-cf', archive, '-C', folder, 'a/b/c/file']);
    const { files, directories } = await importTar(volume, createReadStream(archive));
    t.deepEqual({ files, directories }, { files: 1, directories: 0 });
    t.is(String(await volume.fs.promises.readFile('/a/b/c/file')), 'x');
    t.false(existsSync(join(folder, 'copy')));
  });
});
