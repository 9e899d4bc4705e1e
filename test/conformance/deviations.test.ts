/** Where a volume differs from the real filesystem on purpose, each written in the documentation. */
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import type { FsPromises } from '../support/subject.js';
import { withVolume } from '../support/temporary-volume.js';

test('reads do not move atime', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises as unknown as FsPromises;
    await fs.mkdir('/dir');
    await fs.writeFile('/dir/file', 'content');
    await fs.symlink('file', '/dir/link');
    const paths = ['/dir', '/dir/file', '/dir/link'];
    const before = await Promise.all(paths.map((path) => fs.lstat(path, { bigint: true })));
    await delay(12);
    await fs.readFile('/dir/link');
    await fs.readdir('/dir');
    await fs.readlink('/dir/link');
    const after = await Promise.all(paths.map((path) => fs.lstat(path, { bigint: true })));
    t.deepEqual(
      after.map(({ atimeNs }) => atimeNs),
      before.map(({ atimeNs }) => atimeNs),
    );
  });
});

test('permission bits do not bind callers of the library', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises as unknown as FsPromises;
    await fs.mkdir('/closed', 0o000);
    await fs.writeFile('/closed/file', 'content', { mode: 0o000 });
    t.is(await fs.readFile('/closed/file', 'utf8'), 'content');
    await fs.writeFile('/closed/file', 'changed');
    await fs.chown('/closed/file', 1234, 2345);
    t.is((await fs.stat('/closed/file')).uid, 1234);
  });
});

test('names and targets that are not valid UTF-8 are refused with EILSEQ', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises as unknown as FsPromises;
    const bad = Buffer.from([0x2f, 0x61, 0xff]);
    const refused = { code: 'EILSEQ' };
    await t.throwsAsync(fs.writeFile(bad, 'x'), refused);
    await t.throwsAsync(fs.mkdir(bad), refused);
    await t.throwsAsync(fs.stat(bad), refused);
    await t.throwsAsync(fs.symlink('target', bad), refused);
    await fs.writeFile('/a', '');
    await t.throwsAsync(fs.rename('/a', bad), refused);
    await t.throwsAsync(fs.link('/a', bad), refused);
    t.deepEqual(await fs.readdir('/'), ['a']);
  });
});

test('a path without a leading slash starts at the root', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises as unknown as FsPromises;
    await fs.mkdir('dir');
    await fs.writeFile('dir/file', 'x');
    t.is(await fs.readFile('/dir/file', 'utf8'), 'x');
    t.is(await fs.realpath('dir/file'), '/dir/file');
  });
});

test('a volume closed with open handles refuses further use', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises as unknown as FsPromises;
    const handle = await fs.open('/file', 'w');
    await volume.close();
    await t.throwsAsync(handle.write('x'));
    await t.throwsAsync(fs.readFile('/file'), { code: 'ERR_VOLUME_CLOSED' });
    await t.throwsAsync(fs.writeFile('/file', 'x'), { code: 'ERR_VOLUME_CLOSED' });
    await handle.close().catch(() => undefined);
  });
});

test('a recursive mkdir that fails makes nothing', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises as unknown as FsPromises;
    await fs.writeFile('/file', '');
    const long = `/a/b/${'n'.repeat(256)}/c`;
    await t.throwsAsync(fs.mkdir(long, { recursive: true }), { code: 'ENAMETOOLONG' });
    t.deepEqual(await fs.readdir('/'), ['file']);
  });
});

test('FileHandle.read takes a bigint position, as Node does from version 21', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises as unknown as FsPromises;
    await fs.writeFile('/file', '0123456789');
    const handle = await fs.open('/file', 'r');
    const read = (position: bigint): Promise<{ buffer: Buffer; bytesRead: number }> =>
      handle.read(Buffer.alloc(4), 0, 4, position as unknown as number);
    t.is((await read(4n)).buffer.toString(), '4567');
    t.is((await read(2n ** 62n)).bytesRead, 0);
    t.is((await read(-1n)).buffer.toString(), '0123');
    await t.throwsAsync(read(2n ** 63n), { code: 'ERR_OUT_OF_RANGE' });
    await handle.close();
  });
});

test('copyFile of a directory leaves the destination alone', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises as unknown as FsPromises;
    await fs.mkdir('/dir');
    await fs.writeFile('/file', 'content', { mode: 0o600 });
    await t.throwsAsync(fs.copyFile('/dir', '/file'), { code: 'EISDIR' });
    await t.throwsAsync(fs.copyFile('/dir', '/new'), { code: 'EISDIR' });
    t.is(await fs.readFile('/file', 'utf8'), 'content');
    t.is((await fs.stat('/file')).mode, 0o100600);
    t.deepEqual((await fs.readdir('/')).sort(), ['dir', 'file']);
  });
});
