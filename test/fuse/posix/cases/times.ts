/** Which calls move which times, and times to the nanosecond. */
import {
  ALICE,
  BOB,
  moved,
  type PosixCase,
  posixCase,
  ROOT,
  type Step,
  type Who,
} from '../case.js';

const WORLD: readonly Step[] = [
  [ROOT, 'makedir', 'd'],
  [ROOT, 'makedir', 'e'],
  [ROOT, 'makedir', 'd/sub'],
  [ROOT, 'create', 'd/f', 0o644, 'content'],
  [ROOT, 'create', 'd/g', 0o644, 'content'],
  [ROOT, 'symlink', 'f', 'd/s'],
  [ROOT, 'open', 'd/f', 'RDWR', 0, 'fd'],
  [ROOT, 'open', 'd/g', 'RDWR', 0, 'other'],
];

/** Paths whose times are looked at, and the call. */
const MOVES: readonly (readonly [paths: readonly string[], ...call: readonly unknown[]])[] = [
  [['d', 'd/f'], 'touch', 'd/new'],
  [['d', 'd/f'], 'touch', 'd/f'],
  [['d'], 'mkdir', 'd/new'],
  [['d'], 'mkfifo', 'd/new'],
  [['d'], 'symlink', 'x', 'd/new'],
  [['d', 'e', 'd/f'], 'link', 'd/f', 'e/new'],
  [['d', 'd/f'], 'unlink', 'd/g'],
  [['d'], 'rmdir', 'd/sub'],
  [['d', 'e', 'd/f', 'd/g'], 'rename', 'd/f', 'd/g'],
  [['d', 'e'], 'rename', 'd/f', 'e/f'],
  [['d', 'e'], 'rename', 'd/sub', 'e/sub'],
  [['d', 'e', 'd/f', 'd/g'], 'renameat2', 'd/f', 'd/g', 2],
  [['d', 'e', 'd/sub', 'd/f'], 'renameat2', 'd/f', 'd/sub', 2],
  [['d', 'd/f', 'd/g'], 'rename', 'd/missing', 'd/g'],
  [['d', 'd/f'], 'mkdir', 'd/f'],
  [['d', 'd/sub'], 'rmdir', 'd'],
  [['d/f', 'd'], 'chmod', 'd/f', 0o600],
  [['d/f', 'd'], 'chmod', 'd/f', 0o644],
  [['d/sub', 'd'], 'chmod', 'd/sub', 0o700],
  [['d/f', 'd'], 'chown', 'd/f', 3, 4],
  [['d/f'], 'chown', 'd/f', -1, -1],
  [['d/s', 'd/f'], 'lchown', 'd/s', 3, 4],
  [['d/f'], 'truncate', 'd/f', 3],
  [['d/f'], 'truncate', 'd/f', 7],
  [['d/f'], 'truncate', 'd/f', 70],
  [['d/f'], 'ftruncate', 'fd', 3],
  [['d/f'], 'open', 'd/f', 'WRONLY|TRUNC'],
  [['d/f'], 'open', 'd/f', 'RDONLY'],
  [['d/f'], 'open', 'd/f', 'WRONLY|CREAT'],
  [['d/f', 'd'], 'write', 'fd', 'x'],
  [['d/f'], 'write', 'fd', ''],
  [['d/f'], 'fallocate', 'fd', 0, 0, 100],
  [['d/f'], 'fallocate', 'fd', 1, 0, 100],
  [['d/f'], 'fallocate', 'fd', 3, 0, 3],
  [['d/f'], 'fallocate', 'fd', 16, 0, 3],
  [['d/f'], 'copy_range', 'other', 'fd', 4],
  [['d/f', 'd/g'], 'sendfile', 'fd', 'other', 4],
  [['d/f'], 'fsync', 'fd'],
  [['d/f'], 'setxattr', 'd/f', 'user.a', 'b'],
  [['d/f'], 'removexattr', 'd/f', 'user.none'],
  [['d/f'], 'getxattr', 'd/f', 'user.none'],
  [['d/f'], 'mmap_write', 'fd', 7, 0, 'm'],
  [['d/f'], 'setxattr', 'd/f', 'user.a', 'b', 2],
  [['d/f'], 'ftruncate', 'fd', 7],
  [['d/f'], 'write', 'fd', 'x'],
  [['d/f'], 'reopen', 'fd', 'WRONLY|TRUNC'],
  [['d/f', 'd'], 'fchmod', 'fd', 0o600],
  [['d/f', 'd'], 'fchown', 'fd', 3, -1],
  [['d/f'], 'utime', 'd/f'],
  [['d/f'], 'utime', 'd/f', '5', '6'],
  [['d/f'], 'utimens', 'd/f', 'now', 'omit'],
  [['d/f'], 'utimens', 'd/f', 'omit', 'now'],
  [['d/s', 'd/f'], 'lutime', 'd/s', '7', '8'],
  [['d/f', 'd'], 'stat', 'd/f'],
  // relatime: the first read after a change, and none after that.
  [['d/f'], 'content', 'd/f'],
  [['d'], 'listdir', 'd'],
  [['d/s'], 'readlink', 'd/s'],
];

const READ_TWICE: readonly (readonly [string, ...Step[]])[] = [
  ['a file', [ROOT, 'moved', ['d/f'], ['content', 'd/f']]],
  ['a directory', [ROOT, 'moved', ['d'], ['listdir', 'd']]],
  ['a link', [ROOT, 'moved', ['d/s'], ['readlink', 'd/s']]],
];

/** Nanoseconds that a disk and a volume both hold. */
const NANOSECONDS = [
  '0',
  '1',
  '999999999',
  '1000000000',
  '1234567890123456789',
  '-1',
  '-1000000000',
  '-1500000001',
  '2147483647999999999',
  '2147483648000000001',
  '4294967296123456789',
  '-2147483648000000000',
];

/** What is refused moves nothing, neither of the file nor of the directories. */
const REFUSED: readonly (readonly [who: Who, ...call: readonly unknown[]])[] = [
  [ALICE, 'chmod', 'd/f', 0o777],
  [ALICE, 'fchmod', 'fd', 0o777],
  [ALICE, 'chown', 'd/f', 1001, 1001],
  [ALICE, 'fchown', 'fd', 1001, -1],
  [ALICE, 'truncate', 'd/f', 3],
  [ALICE, 'ftruncate', 'ro', 3],
  [ALICE, 'open', 'd/f', 'WRONLY|TRUNC'],
  [ALICE, 'open', 'd/new', 'WRONLY|CREAT'],
  [ALICE, 'mkdir', 'd/new'],
  [ALICE, 'mkfifo', 'd/new'],
  [ALICE, 'mknod', 'd/new', 0o020666, 1, 3],
  [ALICE, 'symlink', 'x', 'd/new'],
  [ALICE, 'link', 'd/f', 'd/new'],
  [ALICE, 'unlink', 'd/f'],
  [ALICE, 'rmdir', 'd/sub'],
  [ALICE, 'rename', 'd/f', 'd/new'],
  [ALICE, 'rename', 'd/f', 'e/new'],
  [ALICE, 'renameat2', 'd/f', 'd/g', 2],
  [ALICE, 'utimens', 'd/f', '5', '6'],
  [ALICE, 'utimens', 'd/f', 'now', 'now'],
  [ALICE, 'setxattr', 'd/f', 'user.a', 'x'],
  [ROOT, 'setxattr', 'd/f', 'user.a', 'x', 2],
  [ROOT, 'removexattr', 'd/f', 'user.a'],
  [ROOT, 'mkdir', 'd/f'],
  [ROOT, 'link', 'd/g', 'd/f'],
  [ROOT, 'symlink', 'x', 'd/f'],
  [ROOT, 'open', 'd/f', 'WRONLY|CREAT|EXCL'],
  [ROOT, 'rmdir', 'd/full'],
  [ROOT, 'unlink', 'd/sub'],
  [ROOT, 'rmdir', 'd/f'],
  [ROOT, 'rename', 'd/sub', 'd/full'],
  [ROOT, 'rename', 'd/sub', 'd/f'],
  [ROOT, 'rename', 'd/f', 'd/sub'],
  [ROOT, 'rename', 'd', 'd/sub/d'],
  [ROOT, 'rename', 'd/f', 'd/f'],
  [ROOT, 'rename', 'd/f', 'd/same'],
  [ROOT, 'renameat2', 'd/f', 'd/g', 1],
  [ROOT, 'truncate', 'd/f', -1],
  [ROOT, 'truncate', 'd/f', 2 ** 50],
  [ROOT, 'ftruncate', 'ro', 3],
  [ROOT, 'write', 'ro', 'x'],
  [ROOT, 'pwrite', 'fd', 'x', 2 ** 60],
  [ROOT, 'fallocate', 'fd', 0, 0, 0],
  [ROOT, 'fallocate', 'ro', 0, 0, 5],
  [ROOT, 'fallocate', 'fd', 2, 0, 5],
  [ROOT, 'copy_range', 'other', 'ro', 4],
  [ROOT, 'read', 'wo', 4],
  [ROOT, 'read_to_nowhere', 'fd'],
  [ROOT, 'utimens', 'd/f', 'omit', 'omit'],
  [ROOT, 'link', 'd', 'd/new'],
];

const UNMOVED: readonly PosixCase[] = REFUSED.map(([who, ...call]) =>
  posixCase(
    `nothing is moved by ${call.join(' ')} of ${who === ROOT ? 'root' : 'a stranger'}`,
    ...WORLD,
    [ROOT, 'makedir', 'd/full'],
    [ROOT, 'create', 'd/full/below'],
    [ROOT, 'link', 'd/f', 'd/same'],
    [ROOT, 'open', 'd/f', 'RDONLY', 0, 'ro'],
    [ROOT, 'open', 'd/f', 'WRONLY', 0, 'wo'],
    moved(who, ['d', 'e', 'd/sub', 'd/full', 'd/f', 'd/g', '.'], ...call),
  ),
);

const CALLERS: Readonly<Record<string, Who>> = {
  root: ROOT,
  'its owner': ALICE,
  'a stranger': BOB,
};
const NEW_TIMES = ['now', 'omit', '1900000000000000001'];

/** Who may set which times: 'now' takes the right to write, anything else the file itself. */
const SETTING: readonly PosixCase[] = Object.entries(CALLERS).flatMap(([name, who]) =>
  [0o666, 0o444, 0o000].map((mode) =>
    posixCase(
      `times that ${name} sets of a file of mode ${mode.toString(8)}`,
      [ROOT, 'create', 'f', 0o666],
      [ROOT, 'chown', 'f', 1001, 1001],
      [ROOT, 'utimens', 'f', '100000000100000000', '200000000200000000'],
      [ROOT, 'chmod', 'f', mode],
      ...NEW_TIMES.flatMap((atime) =>
        NEW_TIMES.map((mtime): Step => moved(who, ['f'], 'utimens', 'f', atime, mtime)),
      ),
    ),
  ),
);

export const TIME_CASES: readonly PosixCase[] = [
  ...UNMOVED,
  ...SETTING,
  ...MOVES.map(([paths, ...call]) =>
    posixCase(`times after ${call.join(' ')}`, ...WORLD, [ROOT, 'moved', paths, call]),
  ),
  ...READ_TWICE.map(([name, ...steps]) =>
    posixCase(`reading ${name} twice`, ...WORLD, ...steps, ...steps),
  ),
  posixCase(
    'reading after more than a day',
    ...WORLD,
    [ROOT, 'utime', 'd/f', '1000000000000000000', '1'],
    [ROOT, 'moved', ['d/f'], ['content', 'd/f']],
  ),
  ...NANOSECONDS.flatMap((ns) => [
    posixCase(
      `the time ${ns}`,
      ...WORLD,
      [ROOT, 'utime', 'd/f', ns, '42'],
      [ROOT, 'times', 'd/f'],
      [ROOT, 'utime', 'd/sub', '43', ns],
      [ROOT, 'times', 'd/sub'],
      [ROOT, 'lutime', 'd/s', ns, ns],
      [ROOT, 'times', 'd/s'],
    ),
  ]),
];
