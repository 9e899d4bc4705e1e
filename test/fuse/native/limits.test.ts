/**
 * What fuse-native leaves wrong and JavaScript cannot repair, as it is today (docs/mount.md lists it), and
 * what would be wrong without the repairs. Calls and names are compared in `posix.test.ts`.
 */
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmdirSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { shell } from '../mount/mounting.js';
import { nativeTest as test, withNative } from './native-mount.js';

test('limit: a modification time becomes the access time, in whole milliseconds from 1970 on', async (t) => {
  await withNative(t, {}, async ({ volume, dir }) => {
    writeFileSync(join(dir, 'a'), '');
    utimesSync(join(dir, 'a'), 1000.1234, 2000);
    const { atimeMs, mtimeMs } = statSync(join(dir, 'a'));
    t.deepEqual([atimeMs, mtimeMs], [1_000_123, 1_000_123]);
    const before = statSync(join(dir, 'a')).mtimeMs;
    await shell(t, 'touch -m -d 2001-01-01 "$1/a"', dir);
    t.is(statSync(join(dir, 'a')).mtimeMs, before, 'one time alone does not arrive');
    await volume.fs.promises.utimes('/a', new Date(-5000), new Date(-5000));
    t.is(statSync(join(dir, 'a')).mtimeMs, 0, 'shown as 1970');
    utimesSync(join(dir, 'a'), new Date(-86_400_000), new Date(-86_400_000));
    t.is((await volume.fs.promises.stat('/a')).mtimeMs, -86_400_000, 'but set as asked for');
  });
});

test('limit: files of other users belong to who mounted', async (t) => {
  await withNative(t, { allowOther: true }, async ({ dir, folder }) => {
    chmodSync(folder, 0o755);
    mkdirSync(join(dir, 'open'));
    await shell(
      t,
      `cd "$1"; chmod 777 open; setpriv --reuid=1001 --regid=1001 --clear-groups sh -c ': > open/a'`,
      dir,
    );
    const { uid, gid } = statSync(join(dir, 'open/a'));
    t.deepEqual([uid, gid], [process.getuid?.(), process.getgid?.()]);
  });
});

test('limit: names that are not UTF-8 cannot be made, nor can those with U+FFFD', async (t) => {
  await withNative(t, {}, async ({ volume, dir }) => {
    const bad = Buffer.concat([Buffer.from(`${dir}/bad-`), Buffer.from([0xff])]);
    t.throws(() => writeFileSync(bad, ''), { code: 'EILSEQ' });
    t.throws(() => mkdirSync(bad), { code: 'EILSEQ' });
    t.throws(() => writeFileSync(join(dir, 'bad-\ufffd'), ''), { code: 'EILSEQ' });
    t.deepEqual(readdirSync(dir), []);
    await volume.fs.promises.writeFile('/bad-\ufffd', 'from the library');
    t.is(readFileSync(bad, 'utf8'), 'from the library', 'taken for another name');
  });
});

test('limit: while an open file is replaced there is a moment without one', async (t) => {
  await withNative(t, {}, async ({ dir }) => {
    const script = `
import os, sys, threading, time
os.chdir(sys.argv[1])
open('a', 'w').close()
missed = threading.Event()
def look():
    while not missed.is_set():
        try: os.stat('a')
        except FileNotFoundError: missed.set()
looker = threading.Thread(target=look, daemon=True)
looker.start()
until = time.monotonic() + 50
while not missed.is_set() and time.monotonic() < until:
    with open('a'):
        open('new', 'w').close()
        os.rename('new', 'a')
print(missed.is_set())`;
    t.is(await shell(t, 'python3 -c "$2" "$1"', dir, script), 'True\n');
  });
});

test('limit: bytes that others overwrite are seen when a file is opened again', async (t) => {
  await withNative(t, {}, async ({ volume, dir }) => {
    writeFileSync(join(dir, 'a'), 'old');
    const fd = openSync(join(dir, 'a'), 'r');
    const bytes = Buffer.alloc(3);
    const read = (): string => {
      readSync(fd, bytes, 0, 3, 0);
      return bytes.toString();
    };
    t.is(read(), 'old');
    const handle = await volume.fs.promises.open('/a', 'r+');
    await handle.write('new', 0);
    await handle.close();
    t.is(read(), 'old', 'the kernel has kept it, and cannot be told');
    t.is(readFileSync(join(dir, 'a'), 'utf8'), 'new');
    t.is(read(), 'new');
    closeSync(fd);
  });
});

test('limit: locks hold within the mount, and are not those of the library', async (t) => {
  await withNative(t, {}, async ({ volume, dir }) => {
    writeFileSync(join(dir, 'a'), '');
    await using _lock = await volume.lock('/a');
    const said = await shell(
      t,
      'exec 3> "$1/a"; flock -n 3 && echo locked; flock -n "$1/a" true || echo refused',
      dir,
    );
    t.is(said, 'locked\nrefused\n');
  });
});

test('repaired: a list of attributes that is longer than the buffer is ERANGE', async (t) => {
  await withNative(t, {}, async ({ mount, dir }) => {
    const script = `
import ctypes, errno, os, sys
path = os.fsencode(sys.argv[1] + '/a')
open(path, 'w').close()
for name in ('user.one', 'user.two'): os.setxattr(path, name, b'x' * 100)
libc = ctypes.CDLL(None, use_errno=True)
buffer = ctypes.create_string_buffer(4096)
def ask(call, *args):
    result = call(*args)
    return errno.errorcode[ctypes.get_errno()] if result < 0 else result
for size in (0, 1, 17, 18, 4096):
    print(ask(libc.listxattr, path, buffer, size), ask(libc.getxattr, path, b'user.one', buffer, size))`;
    const said = await shell(t, 'python3 -c "$2" "$1"', dir, script);
    t.is(said, '18 100\nERANGE ERANGE\nERANGE ERANGE\n18 ERANGE\n18 100\n');
    t.is(mount.state, 'mounted');
  });
});

test('repaired: an open file that was removed is nowhere, and can be used by its handle', async (t) => {
  await withNative(t, {}, async ({ volume, dir }) => {
    mkdirSync(join(dir, 'd'));
    writeFileSync(join(dir, 'd/a'), 'content');
    const said = await shell(
      t,
      `exec 3<> "$1/d/a"; rm "$1/d/a"; ls -A "$1/d"; stat -L -c '%h %s' /dev/fd/3
       truncate -s 3 /dev/fd/3; chmod 600 /dev/fd/3; stat -L -c '%a %s' /dev/fd/3; cat <&3`,
      dir,
    );
    t.is(said, '0 7\n600 3\ncon');
    const fd = openSync(join(dir, 'd/b'), 'w');
    unlinkSync(join(dir, 'd/b'));
    t.deepEqual(volume.fs.readdirSync('/d'), []);
    rmdirSync(join(dir, 'd'));
    t.false(existsSync(join(dir, 'd')));
    closeSync(fd);
  });
});

test('repaired: hard links have one number, and their count is right at once', async (t) => {
  await withNative(t, {}, async ({ dir }) => {
    const said = await shell(
      t,
      'cd "$1"; echo x > a; ln a b; stat -c %h a b; [ a -ef b ] && echo same; rm a; stat -c %h b',
      dir,
    );
    t.is(said, '2\n2\nsame\n1\n');
  });
});

test('a directory of many entries is listed whole', async (t) => {
  await withNative(t, {}, async ({ volume, dir }) => {
    await volume.fs.promises.mkdir('/many');
    const names = Array.from({ length: 5001 }, (_, index) => `/many/${index}`);
    await Promise.all(names.map((name) => volume.fs.promises.writeFile(name, '')));
    t.is(new Set(readdirSync(join(dir, 'many'))).size, 5001);
  });
});
