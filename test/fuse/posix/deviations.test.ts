/** What a mount does otherwise than a disk, so that it is known when it changes. docs/decisions/0022. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { mountRefusal, withMount } from '../support/mounted.js';

const mounting = mountRefusal() === undefined ? test.serial : test.serial.skip;

function refuses(t: ExecutionContext, code: string, call: () => unknown): void {
  t.throws(call, { code });
}

/** Bytes that are no UTF-8, below `dir`. */
function badPath(dir: string): Buffer {
  return Buffer.concat([Buffer.from(`${dir}/bad-`), Buffer.from([0xff, 0xfe])]);
}

mounting('names that are not UTF-8 cannot be made (EILSEQ), and are nowhere (ENOENT)', (t) =>
  withMount(t, {}, ({ dir }) => {
    const bad = badPath(dir);
    refuses(t, 'EILSEQ', () => writeFileSync(bad, 'x'));
    refuses(t, 'EILSEQ', () => mkdirSync(bad));
    refuses(t, 'ENOENT', () => lstatSync(bad));
    refuses(t, 'ENOENT', () => unlinkSync(bad));
    refuses(t, 'ENOENT', () => rmdirSync(bad));
    t.deepEqual(readdirSync(dir), []);
  }),
);

mounting('no time of birth is told unless that is wanted', async (t) => {
  for (const birthTimes of [false, true]) {
    await withMount(t, { birthTimes }, ({ dir }) => {
      const file = join(dir, 'file');
      writeFileSync(file, 'x');
      t.is(lstatSync(file).birthtimeMs !== 0, birthTimes);
    });
  }
});

mounting('access control lists are not offered', (t) =>
  withMount(t, {}, ({ dir }) => {
    const script = `
import os, errno
for call in (lambda: os.setxattr('.', 'system.posix_acl_access', b'\\2\\0\\0\\0'),
             lambda: os.getxattr('.', 'system.posix_acl_access')):
    try: call()
    except OSError as error: print(errno.errorcode[error.errno])
print(os.listxattr('.'))`;
    const said = execFileSync('python3', ['-c', script], { cwd: dir, encoding: 'utf8' });
    t.is(said, 'ENOTSUP\nENOTSUP\n[]\n');
  }),
);

mounting("a removed directory that is only somebody's working directory is ESTALE", (t) =>
  withMount(t, {}, ({ dir }) => {
    mkdirSync(join(dir, 'gone'));
    const script = `
import os, errno
os.chdir('gone')
os.rmdir('../gone')
try: os.stat('.')
except OSError as error: print(errno.errorcode[error.errno])`;
    t.is(execFileSync('python3', ['-c', script], { cwd: dir, encoding: 'utf8' }), 'ESTALE\n');
  }),
);

mounting(
  'nothing is made in a removed working directory: ENOENT, or ESTALE where nothing is kept',
  async (t) => {
    for (const [cacheMs, code] of [
      [0, 'ESTALE'],
      [60_000, 'ENOENT'],
    ] as const) {
      await withMount(t, { cacheMs }, ({ dir }) => {
        mkdirSync(join(dir, 'gone'));
        const script = `
import os, errno
os.chdir('gone')
os.rmdir('../gone')
for make in (lambda: open('f', 'w'), lambda: os.mkdir('d'), lambda: os.symlink('x', 's')):
    try: make()
    except OSError as error: print(errno.errorcode[error.errno])`;
        t.is(python(dir, script), `${code}\n`.repeat(3));
      });
    }
  },
);

mounting('the kernel leaves setgid without group execution to a writer outside the group', (t) =>
  withMount(t, {}, ({ dir }) => {
    const file = join(dir, 'f');
    writeFileSync(file, 'x');
    chmodSync(file, 0o2767);
    execFileSync(
      'setpriv',
      ['--reuid=1002', '--regid=1002', '--clear-groups', 'sh', '-c', 'echo y >> f'],
      {
        cwd: dir,
      },
    );
    t.is(statSync(file).mode & 0o7777, 0o2767);
  }),
);

mounting('files without names cannot be made (O_TMPFILE)', (t) =>
  withMount(t, {}, ({ dir }) => {
    const script = `
import os, errno
try: os.open('.', os.O_TMPFILE | os.O_RDWR, 0o600)
except OSError as error: print(errno.errorcode[error.errno])`;
    t.is(execFileSync('python3', ['-c', script], { cwd: dir, encoding: 'utf8' }), 'ENOTSUP\n');
  }),
);

/** What a short program in the mount says. */
function python(dir: string, script: string): string {
  return execFileSync('python3', ['-c', script], { cwd: dir, encoding: 'utf8' });
}

mounting('attributes are as large as Linux allows, where ext4 has one block for all of them', (t) =>
  withMount(t, {}, ({ dir }) => {
    const script = `
import os
open('f', 'w').close()
for name in 'user.a', 'user.b': os.setxattr('f', name, b'v' * 65536)
print(len(os.getxattr('f', 'user.a')), os.listxattr('f'))`;
    t.is(python(dir, script), "65536 ['user.a', 'user.b']\n");
  }),
);

mounting('nothing is taken out of the middle of a file, or put there, by fallocate', (t) =>
  withMount(t, {}, ({ dir }) => {
    const script = `
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
fd = os.open('f', os.O_RDWR | os.O_CREAT)
os.ftruncate(fd, 65536)
for mode in 0x08, 0x20:
    libc.fallocate(fd, mode, ctypes.c_long(0), ctypes.c_long(4096))
    print(errno.errorcode[ctypes.get_errno()])`;
    t.is(python(dir, script), 'ENOTSUP\nENOTSUP\n');
  }),
);

mounting('copying a range within the volume is no access to the file that it is copied from', (t) =>
  withMount(t, {}, ({ dir }) => {
    const script = `
import os
for name in 'f', 'g': open(name, 'w').write('text')
os.utime('f', ns=(5, 6))
os.copy_file_range(os.open('f', os.O_RDONLY), os.open('g', os.O_WRONLY), 4)
print(os.stat('f').st_atime_ns, open('g').read())`;
    t.is(python(dir, script), '5 text\n');
  }),
);

mounting('times after April 2262 are those of then', (t) =>
  withMount(t, {}, ({ dir }) => {
    const script = `
import os
open('f', 'w').close()
os.utime('f', (1, 15000000000))
print(int(os.stat('f').st_mtime))`;
    t.is(python(dir, script), '9223372035\n');
  }),
);

mounting('a chown to -1:-1 takes no set-id bits away, and is allowed to everybody', (t) =>
  withMount(t, {}, ({ dir }) => {
    const file = join(dir, 'f');
    writeFileSync(file, 'x');
    chmodSync(file, 0o6755);
    const script = `
import os
os.chown('f', -1, -1)
os.setgid(1002); os.setuid(1002)
os.chown('f', -1, -1)`;
    execFileSync('python3', ['-c', script], { cwd: dir });
    t.is(statSync(file).mode & 0o7777, 0o6755);
  }),
);
