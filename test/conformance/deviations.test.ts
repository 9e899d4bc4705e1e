/** Where a volume differs from the real filesystem on purpose, each written in the documentation. */
import * as nodePromises from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import type { FsPromises, NodeFs } from '../support/subject.js';
import { withFolder, withVolume } from '../support/temporary-volume.js';

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

/** What a callback was given, and whether the function had returned by then. */
function answerOf(call: (callback: (...answer: unknown[]) => void) => void): Promise<unknown[]> {
  return new Promise((resolve) => {
    let returned = false;
    call((...answer) => resolve([returned, ...answer]));
    returned = true;
  });
}

test('readFile of a descriptor gives its callback the error, which Node 20 loses', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs as unknown as NodeFs;
    fs.mkdirSync('/dir');
    const fd = fs.openSync('/dir', 'r');
    const [, error] = await answerOf((callback) => fs.readFile(fd, callback));
    t.is((error as NodeJS.ErrnoException).code, 'EISDIR');
    fs.closeSync(fd);
    const [, closed] = await answerOf((callback) => fs.readFile(fd, callback));
    t.is((closed as NodeJS.ErrnoException).code, 'EBADF');
  });
});

test('callbacks come after the function has returned, where Node 20 calls them within it', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs as unknown as NodeFs;
    fs.writeFileSync('/file', 'content');
    const signal = AbortSignal.abort();
    const answers = [
      await answerOf((callback) => fs.readdir('/', { recursive: true }, callback)),
      await answerOf((callback) => fs.readFile('/file', { signal }, callback)),
      await answerOf((callback) => fs.writeFile('/file', 'x', { signal }, callback)),
    ];
    t.deepEqual(
      answers.map(([returned]) => returned),
      [true, true, true],
    );
    t.deepEqual(answers[0], [true, null, ['file']]);
  });
});

test('readdir with recursive delivers its errors, which Node 20 throws', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs as unknown as NodeFs;
    const [, error] = await answerOf((callback) => {
      fs.readdir('/missing', { recursive: true }, callback);
    });
    t.is((error as NodeJS.ErrnoException).code, 'ENOENT');
  });
});

test('rm by a path through a link inside of what it removes leaves nothing, where Node leaves the rest', async (t) => {
  const remove = async (fs: FsPromises, root: string): Promise<string[]> => {
    await fs.mkdir(`${root}/dir/below`, { recursive: true });
    await fs.symlink('..', `${root}/dir/link`);
    await fs.rm(`${root}/dir/link/dir`, { recursive: true, force: true });
    return (await fs.readdir(root)).sort();
  };
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises as unknown as FsPromises;
    await fs.mkdir('/root');
    t.deepEqual(await remove(fs, '/root'), []);
  });
  await withFolder(async (folder) => t.deepEqual(await remove(nodePromises, folder), ['dir']));
});

test('rm without a callback throws at once and removes nothing', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs as unknown as NodeFs;
    fs.writeFileSync('/file', 'content');
    t.throws(() => (fs.rm as unknown as (path: string) => void)('/file'), {
      code: 'ERR_INVALID_ARG_TYPE',
    });
    t.true(fs.existsSync('/file'));
  });
});

test('opendir with a wrong bufferSize throws where it can be caught', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs as unknown as NodeFs;
    const open = (): void => fs.opendir('/', { bufferSize: 0 }, () => t.fail('it was called back'));
    t.throws(open, { code: 'ERR_OUT_OF_RANGE' });
  });
});

test('cpSync copies links onto links as cp does', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs as unknown as NodeFs;
    fs.writeFileSync('/file', 'content');
    for (const name of ['/promise', '/sync']) fs.symlinkSync('nowhere', name);
    fs.symlinkSync('file', '/link');
    await fs.promises.cp('/link', '/promise');
    fs.cpSync('/link', '/sync');
    t.is(fs.readlinkSync('/promise'), '/file');
    t.is(fs.readlinkSync('/sync'), '/file');
  });
});
