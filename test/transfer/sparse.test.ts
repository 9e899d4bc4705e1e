/** Holes: found on the way in, kept in the volume, made again on the way out. */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import test from 'ava';
import { exportTar, exportTree, importTar, importTree } from '#src/index.js';
import { makeSparse, takenBytes } from '../support/host-tree.js';
import { withVolume } from '../support/temporary-volume.js';

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;

test('a sparse file takes no more room in the volume and on disk than its bytes', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const source = join(folder, 'source');
    mkdirSync(source);
    makeSparse(join(source, 'sparse'), 64 * MIB, [0, 20 * MIB + 5, 63 * MIB]);
    await importTree(volume, source);
    const { storedBytes, bytes } = await volume.stats();
    t.is(bytes, 64 * MIB);
    t.true(storedBytes <= 3 * 65_536, `stored ${storedBytes}`);
    await exportTree(volume, join(folder, 'copy'));
    const copy = join(folder, 'copy/sparse');
    t.true(readFileSync(copy).equals(readFileSync(join(source, 'sparse'))));
    t.true(takenBytes(copy) <= takenBytes(join(source, 'sparse')), `takes ${takenBytes(copy)}`);
  });
});

test('a file that is one hole is not read, however big', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const source = join(folder, 'source');
    mkdirSync(source);
    makeSparse(join(source, 'huge'), 1000 * GIB, []);
    await importTree(volume, source);
    await exportTree(volume, join(folder, 'copy'));
    t.is(statSync(join(folder, 'copy/huge')).size, 1000 * GIB);
    t.is(takenBytes(join(folder, 'copy/huge')), 0);
  });
});

test('zeros that are written are content, not holes', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const source = join(folder, 'source');
    mkdirSync(source);
    writeFileSync(join(source, 'zeros'), Buffer.alloc(2 * MIB));
    await importTree(volume, source);
    t.is((await volume.stats()).storedBytes, 2 * MIB);
    await exportTree(volume, join(folder, 'copy'));
    t.true(takenBytes(join(folder, 'copy/zeros')) >= 2 * MIB);
  });
});

test('holes survive the way through an archive', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const source = join(folder, 'source');
    mkdirSync(source);
    makeSparse(join(source, 'a'), 32 * MIB, [0, 16 * MIB]);
    makeSparse(join(source, 'b'), 32 * MIB, [31 * MIB]);
    makeSparse(join(source, 'c'), 10 * MIB + 1, []);
    await importTree(volume, source, { to: '/one' });
    const pipe = new PassThrough();
    let archived = 0;
    pipe.on('data', (part: Buffer) => {
      archived += part.length;
    });
    const writing = exportTar(volume, pipe, { from: '/one' }).finally(() => pipe.end());
    await Promise.all([importTar(volume, pipe, { to: '/two' }), writing]);
    t.true(archived < MIB, `the archive has ${archived} bytes`);
    await exportTree(volume, join(folder, 'copy'), { from: '/two' });
    for (const name of ['a', 'b', 'c']) {
      const copy = join(folder, 'copy', name);
      t.true(readFileSync(copy).equals(readFileSync(join(source, name))), name);
      t.true(takenBytes(copy) <= takenBytes(join(source, name)), name);
    }
  });
});
