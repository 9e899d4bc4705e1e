/** Export touches nothing outside its target, whatever stands in it, and says what it cannot do. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import { exportTree, importTree } from '#src/index.js';
import { IS_ROOT } from '../support/host-tree.js';
import { withVolume } from '../support/temporary-volume.js';

test('links that stand in the target are not followed', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const fs = volume.fs.promises;
    await fs.mkdir('/dir');
    await fs.writeFile('/dir/file', 'new');
    await fs.writeFile('/precious', 'new');
    const outside = join(folder, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'precious'), 'old');
    const target = join(folder, 'target');
    mkdirSync(target);
    symlinkSync(outside, join(target, 'dir'));
    symlinkSync(join(outside, 'precious'), join(target, 'precious'));
    const kept = await exportTree(volume, target);
    t.deepEqual(
      kept.skipped.map(({ path, reason }) => `${path.slice(target.length)} ${reason}`),
      ['/dir exists', '/precious exists'],
    );
    const replaced = await exportTree(volume, target, { overwrite: true });
    t.deepEqual(replaced.skipped, []);
    t.deepEqual(readdirSync(outside), ['precious']);
    t.is(readFileSync(join(outside, 'precious'), 'utf8'), 'old');
    t.is(readFileSync(join(target, 'dir/file'), 'utf8'), 'new');
  });
});

test('the target itself may be a link to a directory', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    await volume.fs.promises.writeFile('/file', 'x');
    mkdirSync(join(folder, 'real'));
    symlinkSync('real', join(folder, 'link'));
    await exportTree(volume, join(folder, 'link'));
    t.deepEqual(readdirSync(join(folder, 'real')), ['file']);
  });
});

test('a file in place of the target is an error', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    writeFileSync(join(folder, 'file'), 'x');
    await t.throwsAsync(exportTree(volume, join(folder, 'file')), { code: 'EEXIST' });
  });
});

test('a directory that its user may not write is filled and then closed again', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const fs = volume.fs.promises;
    await fs.mkdir('/closed/inner', { recursive: true });
    await fs.writeFile('/closed/inner/file', 'x');
    await fs.chmod('/closed/inner', 0o500);
    await fs.chmod('/closed', 0o500);
    const target = join(folder, 'target');
    await exportTree(volume, target);
    // The second time the directories stand there closed.
    await fs.writeFile('/closed/inner/more', 'y');
    t.is((await exportTree(volume, target)).files, 1);
    t.deepEqual(readdirSync(join(target, 'closed/inner')), ['file', 'more']);
    for (const path of ['closed', 'closed/inner']) chmodSync(join(target, path), 0o700);
  });
});

test('a target that may not be written is an error with its path', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    await volume.fs.promises.writeFile('/file', 'x');
    const target = join(folder, 'target');
    // Not even root may make files there.
    const refused = IS_ROOT ? '/proc/self/fdinfo' : target;
    mkdirSync(target, { mode: 0o500 });
    const error = await t.throwsAsync<NodeJS.ErrnoException>(exportTree(volume, refused));
    t.true(['EACCES', 'ENOENT', 'EPERM'].includes(String(error?.code)), error?.message);
    t.regex(String(error?.message), IS_ROOT ? /proc/ : /target/);
    t.is((error as unknown as { transfer: { files: number } }).transfer.files, 0);
  });
});

test('a socket comes in, and is reported when it cannot be made again', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const source = join(folder, 'source');
    mkdirSync(source);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(source, 'socket'), resolve));
    const { special, skipped } = await importTree(volume, source);
    server.close();
    t.deepEqual([special, skipped], [1, []]);
    const exported = await exportTree(volume, join(folder, 'copy'));
    t.deepEqual(
      exported.skipped.map(({ reason }) => reason),
      ['unsupported'],
    );
    t.false(existsSync(join(folder, 'copy/socket')));
  });
});

test('what the source refuses is reported and the rest comes', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const source = join(folder, 'source');
    mkdirSync(join(source, 'closed'), { recursive: true });
    writeFileSync(join(source, 'closed/file'), 'x');
    writeFileSync(join(source, 'secret'), 'x', { mode: 0o000 });
    writeFileSync(join(source, 'plain'), 'x');
    chmodSync(join(source, 'closed'), 0o000);
    const { files, skipped } = await importTree(volume, source);
    chmodSync(join(source, 'closed'), 0o700);
    const expected = IS_ROOT ? [] : ['closed unreadable', 'secret unreadable'];
    t.deepEqual(
      skipped.map(({ path, reason }) => `${path.slice(source.length + 1)} ${reason}`).sort(),
      expected,
    );
    t.is(files, IS_ROOT ? 3 : 1);
    t.is((await volume.fs.promises.readdir('/')).length, IS_ROOT ? 3 : 2);
  });
});
