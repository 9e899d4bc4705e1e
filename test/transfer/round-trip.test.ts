/** What goes in comes out again: a generated tree with one of everything, and a real one. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import test from 'ava';
import { exportTar, exportTree, importTar, importTree } from '#src/index.js';
import { captureHostTree, IS_ROOT, makeTree } from '../support/host-tree.js';
import { projectPath } from '../support/project.js';
import { withVolume } from '../support/temporary-volume.js';

test('a tree with every kind of entry comes back the same', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const source = join(folder, 'source');
    await makeTree(source);
    const before = await captureHostTree(source);
    const imported = await importTree(volume, source);
    t.deepEqual(imported.skipped, []);
    const exported = await exportTree(volume, join(folder, 'copy'));
    t.deepEqual(exported.skipped, []);
    t.deepEqual(exported.warnings, []);
    t.deepEqual(await captureHostTree(join(folder, 'copy')), before);
  });
});

test('the counts say what was carried', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const source = join(folder, 'source');
    await makeTree(source);
    const { files, directories, symlinks, hardLinks, special, unchanged } = await importTree(
      volume,
      source,
    );
    t.deepEqual(
      { files, directories, symlinks, hardLinks, special, unchanged },
      {
        files: 14,
        directories: 5,
        symlinks: 4,
        hardLinks: 2,
        special: IS_ROOT ? 2 : 1,
        unchanged: 0,
      },
    );
  });
});

test('a real tree comes back the same', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    // Many small packages with links between them; the whole of node_modules would take long.
    const source = projectPath('node_modules/@biomejs/biome');
    const before = await captureHostTree(source);
    await importTree(volume, source, { to: '/packages/biome' });
    await exportTree(volume, join(folder, 'copy'), { from: '/packages/biome' });
    t.deepEqual(await captureHostTree(join(folder, 'copy')), before);
  });
});

test('a tree survives the way through an archive of our own', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const source = join(folder, 'source');
    await makeTree(source);
    const before = await captureHostTree(source);
    await importTree(volume, source, { to: '/first' });
    const pipe = new PassThrough();
    const writing = exportTar(volume, pipe, { from: '/first' }).finally(() => pipe.end());
    const [read, written] = await Promise.all([
      importTar(volume, pipe, { to: '/second' }),
      writing,
    ]);
    t.deepEqual([read.skipped, written.skipped], [[], []]);
    t.is(read.files, written.files);
    await exportTree(volume, join(folder, 'copy'), { from: '/second' });
    t.deepEqual(await captureHostTree(join(folder, 'copy')), before);
  });
});

test('the same tree gives the same archive', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const source = join(folder, 'source');
    await makeTree(source);
    await importTree(volume, source);
    const archive = async (): Promise<Buffer> => {
      const pipe = new PassThrough();
      const parts: Buffer[] = [];
      pipe.on('data', (part: Buffer) => parts.push(part));
      await exportTar(volume, pipe);
      return Buffer.concat(parts);
    };
    t.true((await archive()).equals(await archive()));
  });
});

test('more entries than fit a batch, in one directory and in many', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const source = join(folder, 'source');
    for (let index = 0; index < 300; index += 1) {
      mkdirSync(join(source, `d${index}`), { recursive: true });
      writeFileSync(join(source, `d${index}`, 'file'), `number ${index}`);
    }
    mkdirSync(join(source, 'flat'));
    for (let index = 0; index < 1500; index += 1) {
      writeFileSync(join(source, 'flat', `f${index}`), String(index));
    }
    const before = await captureHostTree(source);
    t.is((await importTree(volume, source)).files, 1800);
    const flat = await volume.fs.promises.readdir('/flat');
    t.is(flat.length, 1500);
    await exportTree(volume, join(folder, 'copy'));
    t.is(readdirSync(join(folder, 'copy')).length, 301);
    t.deepEqual(await captureHostTree(join(folder, 'copy')), before);
  });
});

test('owners are those of the entries or those of the volume, as asked', async (t) => {
  await withVolume(t, { uid: 77, gid: 88 }, async ({ volume, folder }) => {
    const source = join(folder, 'source');
    mkdirSync(source);
    writeFileSync(join(source, 'file'), 'x');
    const own = process.getuid?.() ?? 0;
    await importTree(volume, source, { to: '/kept', owners: true });
    await importTree(volume, source, { to: '/given', owners: false });
    const ownerOf = async (path: string): Promise<unknown> =>
      ((await volume.fs.promises.stat(path)) as { uid: number }).uid;
    t.is(await ownerOf('/kept/file'), own);
    t.is(await ownerOf('/given/file'), 77);
    t.is(await ownerOf('/given'), 77);
  });
});

test('with xattrs: false none are carried', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const source = join(folder, 'source');
    await makeTree(source);
    await importTree(volume, source, { xattrs: false });
    t.deepEqual(await volume.listXattr('/tiny'), []);
  });
});

test('progress goes up and ends with everything', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const source = join(folder, 'source');
    await makeTree(source);
    const seen: number[] = [];
    const result = await importTree(volume, source, {
      onProgress: ({ bytes }) => seen.push(bytes),
    });
    t.deepEqual(
      seen,
      [...seen].sort((left, right) => left - right),
    );
    t.is(seen.at(-1), result.bytes);
    t.true(seen.length > 3, 'big files report on the way');
  });
});

test('unknown and impossible options are refused by name', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const unknown = { too: '/x' } as object;
    await t.throwsAsync(importTree(volume, folder, unknown), { code: 'ERR_OPTION_UNKNOWN' });
    const wrong = { to: 7 } as object;
    await t.throwsAsync(importTree(volume, folder, wrong), { code: 'ERR_OPTION_INVALID' });
    const flag = { overwrite: 'yes' } as object;
    await t.throwsAsync(exportTree(volume, folder, flag), { code: 'ERR_OPTION_INVALID' });
    await t.throwsAsync(importTar(volume, {} as never), { code: 'ERR_OPTION_INVALID' });
    await t.throwsAsync(exportTar(volume, {} as never), { code: 'ERR_OPTION_INVALID' });
  });
});

test('a source or directory that is not there is an error with its path', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const missing = join(folder, 'missing');
    await t.throwsAsync(importTree(volume, missing), { code: 'ENOENT', message: /missing/ });
    writeFileSync(join(folder, 'file'), 'x');
    await t.throwsAsync(importTree(volume, join(folder, 'file')), { code: 'ENOTDIR' });
    await t.throwsAsync(exportTree(volume, join(folder, 'out'), { from: '/missing' }), {
      code: 'ENOENT',
    });
    await volume.fs.promises.writeFile('/file', 'x');
    await t.throwsAsync(importTree(volume, folder, { to: '/file/below' }), { code: 'ENOTDIR' });
    await t.throwsAsync(exportTree(volume, join(folder, 'out'), { from: '/file' }), {
      code: 'ENOTDIR',
    });
  });
});

test('a volume that lies in the tree is not imported into itself', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    writeFileSync(join(folder, 'beside'), 'x');
    const { skipped, files } = await importTree(volume, folder);
    t.is(files, 1);
    t.true(skipped.length >= 1);
    t.deepEqual([...new Set(skipped.map(({ reason }) => reason))], ['outside']);
  });
});

test('names that are not UTF-8 are left out by their bytes, and their neighbours come', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const source = join(folder, 'source');
    mkdirSync(source);
    writeFileSync(Buffer.concat([Buffer.from(`${source}/bad-`), Buffer.from([0xff, 0xfe])]), 'x');
    writeFileSync(join(source, 'valid-\uFFFD'), 'y');
    writeFileSync(join(source, 'plain'), 'z');
    const { files, skipped } = await importTree(volume, source);
    t.is(files, 2);
    t.deepEqual(skipped, [
      {
        path: `${source}/bad-\\xff\\xfe`,
        reason: 'not-utf8',
        detail: 'its name is not valid UTF-8',
      },
    ]);
    t.deepEqual(await volume.fs.promises.readdir('/'), ['plain', 'valid-\uFFFD']);
  });
});
