/** Files on the way to their name: all of their content arrives, or they never get one. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { importTree, type Volume } from '#src/index.js';
import { payload } from '../support/host-tree.js';
import { withVolume } from '../support/temporary-volume.js';

const NOW = { sec: 1_700_000_000, nsec: 5 };
const REGULAR_FILE = 0o100644;

type NamelessContent = { readonly ino: never; readonly changes: number };

function place(volume: Volume, name: string, nameless: NamelessContent): Promise<unknown> {
  const row = [name, REGULAR_FILE, 0, 0, NOW, NOW, 0, { nameless }] as const;
  const groups = [{ directory: '/', rows: [row] }];
  const order = { groups, since: NOW, overwrite: false };
  return volume.runner.writer().submit('placeEntries', [order], { data: Buffer.alloc(0) });
}

async function newNameless(volume: Volume, data: Uint8Array): Promise<never> {
  const writer = volume.runner.writer();
  const { ino } = await writer.submit('createNameless', []);
  await writer.submit('write', [ino, 0], { data });
  return ino as never;
}

test('a nameless file gets its name when all of its changes were made', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const ino = await newNameless(volume, Buffer.from('content'));
    t.deepEqual(await place(volume, 'file', { ino, changes: 1 }), { refused: [] });
    volume.runner.release(ino);
    t.is(String(await volume.fs.promises.readFile('/file')), 'content');
  });
});

test('one that lacks a change does not, and is deleted', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const ino = await newNameless(volume, Buffer.from('half'));
    await t.throwsAsync(place(volume, 'file', { ino, changes: 2 }), { message: 'EIO' });
    t.is((await volume.stats()).orphans, 1);
    volume.runner.release(ino);
    while ((await volume.stats()).orphans > 0);
    t.deepEqual(await volume.fs.promises.readdir('/'), []);
  });
});

test('a file that has a name already cannot be named as a nameless one', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    await volume.fs.promises.writeFile('/file', 'x');
    const { ino } = (await volume.fs.promises.stat('/file')) as { ino: number };
    await t.throwsAsync(place(volume, 'again', { ino: ino as never, changes: 0 }), {
      message: 'ENOENT',
    });
  });
});

test('big files leave no nameless ones behind', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const source = join(folder, 'source');
    mkdirSync(source);
    for (const name of ['a', 'b', 'c']) writeFileSync(join(source, name), payload(2_500_000));
    t.is((await importTree(volume, source)).files, 3);
    while ((await volume.stats()).orphans > 0);
    t.is((await volume.stats()).files, 3);
  });
});
