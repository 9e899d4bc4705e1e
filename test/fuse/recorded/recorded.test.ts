/**
 * Requests of a real kernel (Linux 6.18, protocol 7.45), recorded by `record.mjs` while ordinary commands
 * ran, decode to what those commands asked for.
 */
import test from 'ava';
import { decodeRequest, isMalformed, type Request } from '#src/fuse/protocol/request.js';
import { readProjectFile } from '../../support/project.js';

const RECORDED = JSON.parse(readProjectFile('test/fuse/recorded/recorded.json')) as Record<
  string,
  string
>;

function decode(name: string): ReturnType<typeof decodeRequest> {
  const bytes = Buffer.from(RECORDED[name] ?? '', 'hex');
  return decodeRequest(
    bytes,
    new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
    bytes.length,
  );
}

interface Expected {
  readonly nodeid: number;
  readonly args?: Readonly<Record<string, number>>;
  readonly names?: readonly string[];
  readonly bytes?: string;
}

/** O_LARGEFILE, which the kernel adds. */
const LARGE = 0o100000;
const WRONLY_CREAT_TRUNC = 0o1101;
const DIRECTORY = 0o200000;
/** O_NONBLOCK and O_CLOEXEC are the C library's; the latter is not told. */
const NONBLOCK = 0o4000;
const LAST = Number.MAX_SAFE_INTEGER;

const EXPECTED: Readonly<Record<string, Expected>> = {
  init: { nodeid: 0, args: { major: 7, minor: 45, maxReadahead: 131_072 } },
  getattr: { nodeid: 1, args: { getattrFlags: 0, fh: 0 } },
  lookup: { nodeid: 1, names: ['a'] },
  create: {
    nodeid: 1,
    args: { flags: LARGE | WRONLY_CREAT_TRUNC, mode: 0o100666, umask: 0o022, openFlags: 0 },
    names: ['a'],
  },
  flush: { nodeid: 2, args: { fh: 1 } },
  getxattr: { nodeid: 2, args: { size: 0 }, names: ['security.capability'] },
  write: { nodeid: 2, args: { fh: 1, offset: 0, size: 6, writeFlags: 0 }, bytes: 'hello\n' },
  release: { nodeid: 2, args: { fh: 1, releaseFlags: 0 } },
  open: { nodeid: 2, args: { flags: LARGE, openFlags: 0 } },
  read: { nodeid: 2, args: { fh: 2, offset: 0, size: 4096 } },
  mkdir: { nodeid: 1, args: { mode: 0o777, umask: 0o022 }, names: ['d'] },
  symlink: { nodeid: 1, names: ['link', 'a'] },
  readlink: { nodeid: 4 },
  link: { nodeid: 1, args: { oldnodeid: 2 }, names: ['hard'] },
  mknod: { nodeid: 1, args: { mode: 0o010666, rdev: 0, umask: 0o022 }, names: ['fifo'] },
  rename2: { nodeid: 1, args: { newdir: 1, flags: 1 }, names: ['a', 'b'] },
  rename: { nodeid: 1, args: { newdir: 1 }, names: ['c', 'e'] },
  opendir: { nodeid: 1, args: { flags: LARGE | DIRECTORY | NONBLOCK } },
  readdirplus: { nodeid: 1, args: { offset: 0, size: 65_536 } },
  readdir: { nodeid: 1, args: { offset: 7, size: 65_536 } },
  releasedir: { nodeid: 1 },
  statfs: { nodeid: 1 },
  setattr: { nodeid: 2, args: { valid: 1, mode: 0o100600 } },
  fsync: { nodeid: 2, args: { fsyncFlags: 0 } },
  fsyncdir: { nodeid: 1, args: { fsyncFlags: 0 } },
  setlkw: { nodeid: 2, args: { start: 0, end: LAST, type: 1, lkFlags: 1 } },
  getlk: { nodeid: 2, args: { start: 0, end: LAST, type: 1, pid: 0, lkFlags: 0 } },
  fallocate: { nodeid: 2, args: { offset: 0, length: 10, mode: 0 } },
  lseek: { nodeid: 2, args: { offset: 0, whence: 4 } },
  copyFileRange: { nodeid: 2, args: { offIn: 0, nodeidOut: 6, offOut: 0, len: 3, flags: 0 } },
  setxattr: { nodeid: 2, args: { size: 5, flags: 0 }, names: ['user.a'], bytes: 'value' },
  listxattr: { nodeid: 2, args: { size: 256 } },
  removexattr: { nodeid: 2, names: ['user.a'] },
  unlink: { nodeid: 1, names: ['c'] },
  rmdir: { nodeid: 1, names: ['d'] },
  forget: { nodeid: 3, args: { nlookup: 14 } },
  batchForget: { nodeid: 0, args: { count: 4 } },
};

test('every recorded request has an expectation, and the other way round', (t) => {
  const known = Object.keys(RECORDED).filter((name) => !name.startsWith('unknown'));
  t.deepEqual(known.sort(), Object.keys(EXPECTED).sort());
});

for (const [name, expected] of Object.entries(EXPECTED)) {
  test(`${name}, as a kernel sends it`, (t) => {
    const decoded = decode(name);
    if (isMalformed(decoded)) return t.fail(decoded.malformed);
    const { bytes, ...request } = decoded as Request;
    t.like({ ...request, bytes: bytes.toString() }, { name, ...expected } as never);
    t.deepEqual(request.caller, { uid: 0, gid: 0, pid: 0 }, 'recorded without who it was');
  });
}

test('forgotten inodes, as a kernel sends them', (t) => {
  t.deepEqual((decode('batchForget') as Request).forgets, [
    { nodeid: 6, nlookup: 5 },
    { nodeid: 4, nlookup: 8 },
    { nodeid: 2, nlookup: 27 },
    { nodeid: 5, nlookup: 6 },
  ]);
});

for (const name of Object.keys(RECORDED).filter((each) => each.startsWith('unknown'))) {
  test(`${name} is told apart from one that is damaged`, (t) => {
    t.like(decode(name), { malformed: 'unknown', opcode: Number(name.split(' ')[1]) });
  });
}
