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
