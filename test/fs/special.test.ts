/** What Node has no call for: special files and extended attributes. */
import test from 'ava';
import { withVolume } from '../support/temporary-volume.js';

test('mknod makes special files of every kind, with the umask taken off', async (t) => {
  await withVolume(t, { umask: 0o027 }, async ({ volume }) => {
    const fs = volume.fs.promises;
    await volume.mknod('/fifo', 0o010666);
    await volume.mknod('/socket', 0o140666);
    await volume.mknod('/char', 0o020666, 0x0103);
    await volume.mknod('/block', 0o060666, 0x0800);
    await volume.mknod('/plain', 0o666);
    t.like(await fs.stat('/fifo'), { mode: 0o010640, rdev: 0, size: 0, nlink: 1 });
    t.like(await fs.stat('/socket'), { mode: 0o140640 });
    t.like(await fs.stat('/char'), { mode: 0o020640, rdev: 0x0103 });
    t.like(await fs.stat('/block'), { mode: 0o060640, rdev: 0x0800 });
    t.like(await fs.stat('/plain'), { mode: 0o100640 });
    t.is(await fs.readFile('/plain', 'utf8'), '');
    await t.throwsAsync(fs.open('/fifo', 'r'), { code: 'ENXIO' });
    await t.throwsAsync(fs.writeFile('/char', 'x'), { code: 'ENXIO' });
  });
});

test('mknod refuses directories, links, wrong numbers and names that are taken', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    await volume.mknod('/fifo', 0o010666);
    const error = await t.throwsAsync(volume.mknod('/fifo', 0o010666), { code: 'EEXIST' });
    t.like(error, { syscall: 'mknod', path: '/fifo' });
    await t.throwsAsync(volume.mknod('/missing/fifo', 0o010666), { code: 'ENOENT' });
    await t.throwsAsync(volume.mknod('/new', 0o040755), { code: 'EPERM' });
    await t.throwsAsync(volume.mknod('/new', 0o120777), { code: 'EINVAL' });
    await t.throwsAsync(volume.mknod('/new', 0o170000), { code: 'EINVAL' });
    await t.throwsAsync(volume.mknod('/new', -1), { code: 'ERR_OUT_OF_RANGE' });
    await t.throwsAsync(volume.mknod('/new', 0o020666, -1), { code: 'ERR_OUT_OF_RANGE' });
    t.deepEqual(await volume.fs.promises.readdir('/'), ['fifo']);
  });
});

test('extended attributes are set, listed, read and removed', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    await volume.fs.promises.writeFile('/file', '');
    await volume.setXattr('/file', 'user.text', 'grüße');
    await volume.setXattr('/file', 'user.bytes', new Uint16Array([0, 0xffff]));
    await volume.setXattr('/file', 'user.empty', '');
    t.deepEqual(await volume.listXattr('/file'), ['user.bytes', 'user.empty', 'user.text']);
    t.is((await volume.getXattr('/file', 'user.text')).toString(), 'grüße');
    t.deepEqual([...(await volume.getXattr('/file', 'user.bytes'))], [0, 0, 0xff, 0xff]);
    t.is((await volume.getXattr('/file', 'user.empty')).length, 0);
    await volume.removeXattr('/file', 'user.bytes');
    t.deepEqual(await volume.listXattr('/file'), ['user.empty', 'user.text']);
    await t.throwsAsync(volume.getXattr('/file', 'user.bytes'), { code: 'ENODATA' });
    await t.throwsAsync(volume.removeXattr('/file', 'user.bytes'), { code: 'ENODATA' });
  });
});

test('the flag of setXattr asks for a new attribute or for an old one', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const set = (value: string, flag: 'create' | 'replace' | 'either'): Promise<undefined> =>
      volume.setXattr('/', 'user.a', value, { flag });
    const error = await t.throwsAsync(set('1', 'replace'), { code: 'ENODATA' });
    t.like(error, { syscall: 'setxattr', path: '/' });
    await set('2', 'create');
    await t.throwsAsync(set('3', 'create'), { code: 'EEXIST' });
    await set('4', 'replace');
    await set('5', 'either');
    t.is((await volume.getXattr('/', 'user.a')).toString(), '5');
    await t.throwsAsync(set('6', 'sometimes' as never), { code: 'ERR_INVALID_ARG_VALUE' });
  });
});

test('extended attributes belong to the file a link leads to, or to the link', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    await volume.fs.promises.writeFile('/file', '');
    await volume.fs.promises.symlink('file', '/link');
    const follow = false;
    await volume.setXattr('/link', 'user.a', 'of the file');
    await volume.setXattr('/link', 'user.a', 'of the link', { follow });
    t.is((await volume.getXattr('/file', 'user.a')).toString(), 'of the file');
    t.is((await volume.getXattr('/link', 'user.a', { follow })).toString(), 'of the link');
    await volume.removeXattr('/link', 'user.a', { follow });
    t.deepEqual(await volume.listXattr('/link', { follow }), []);
    t.deepEqual(await volume.listXattr('/link'), ['user.a']);
  });
});

test('extended attributes have limits, and arguments are checked', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const longest = 'n'.repeat(255);
    await volume.setXattr('/', longest, Buffer.alloc(65_536));
    t.is((await volume.getXattr('/', longest)).length, 65_536);
    await t.throwsAsync(volume.setXattr('/', 'user.a', Buffer.alloc(65_537)), { code: 'E2BIG' });
    await t.throwsAsync(volume.setXattr('/', `${longest}n`, ''), { code: 'ERANGE' });
    await t.throwsAsync(volume.getXattr('/', ''), { code: 'ERANGE' });
    await t.throwsAsync(volume.getXattr('/missing', 'user.a'), { code: 'ENOENT' });
    const wrong = { code: 'ERR_INVALID_ARG_TYPE' };
    await t.throwsAsync(volume.setXattr('/', 'user.a', 1 as never), wrong);
    await t.throwsAsync(volume.setXattr('/', 1 as never, 'x'), wrong);
    await t.throwsAsync(volume.listXattr(1 as never), wrong);
    await t.throwsAsync(volume.listXattr('/', { follow: 1 as never }), wrong);
  });
});

test('a change of an extended attribute is a change of the file', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    await fs.writeFile('/file', '');
    const before = await fs.stat('/file', { bigint: true });
    const version = await volume.version('/file');
    await volume.setXattr('/file', 'user.a', 'x');
    const after = await fs.stat('/file', { bigint: true });
    t.is(await volume.version('/file'), version + 1);
    t.deepEqual(after.mtime, before.mtime);
    t.true((after as { ctimeNs: bigint }).ctimeNs > (before as { ctimeNs: bigint }).ctimeNs);
  });
});
