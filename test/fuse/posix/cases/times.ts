/** Which calls move which times, and times to the nanosecond. */
import { type PosixCase, posixCase, ROOT, type Step } from '../case.js';

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
  [['d/f'], 'utime', 'd/f'],
  [['d/f'], 'utime', 'd/f', '5', '6'],
  [['d/f'], 'utime_one', 'd/f', 'atime'],
  [['d/f'], 'utime_one', 'd/f', 'mtime'],
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

export const TIME_CASES: readonly PosixCase[] = [
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
