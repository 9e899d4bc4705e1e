/** Paths of real directories that are as long as paths may be, and one byte longer. */
import { type PosixCase, posixCase, ROOT, type Step } from '../case.js';

/** Bytes of a path without the NUL at its end. */
const PATH_BYTES = 4095;
const PART_BYTES = 127;

/** A directory of so many levels that a name in it makes the longest path. */
const PARENT = Array.from({ length: Math.floor((PATH_BYTES - 1) / (PART_BYTES + 1)) }, () =>
  'p'.repeat(PART_BYTES),
).join('/');
const LONGEST = `${PARENT}/${'n'.repeat(PATH_BYTES - PARENT.length - 1)}`;

const MAKING: readonly (readonly [call: string, ...args: unknown[]])[] = [
  ['create', 0o644],
  ['mkdir', 0o755],
  ['mkfifo', 0o644],
  ['mknod', 0o060644, 240, 2],
  ['mknod', 0o020644, 240, 2],
  ['open', 'RDONLY|CREAT', 0o642],
];

function ofBoth(call: string, ...args: readonly unknown[]): Step[] {
  return [
    [ROOT, call, LONGEST, ...args],
    [ROOT, call, `${LONGEST}x`, ...args],
  ];
}

export const LONG_PATH_CASES: readonly PosixCase[] = [
  ...MAKING.map(([call, ...args]) =>
    posixCase(
      `the longest path that ${call} takes`,
      [ROOT, 'makedirs', PARENT],
      ...ofBoth(call, ...args),
      ...ofBoth('lstat'),
      ...ofBoth('stat'),
      ...ofBoth(call === 'mkdir' ? 'rmdir' : 'unlink'),
      ...ofBoth('lstat'),
    ),
  ),
  posixCase(
    'the longest path of a file, to all calls',
    [ROOT, 'makedirs', PARENT],
    [ROOT, 'create', LONGEST, 0o644, 'text'],
    ...ofBoth('chmod', 0o642),
    ...ofBoth('chown', 65_534, 65_534),
    ...ofBoth('lchown', 65_533, 65_533),
    ...ofBoth('truncate', 2),
    ...ofBoth('utimens', '5', '6'),
    ...ofBoth('setxattr', 'user.a', 'x'),
    ...ofBoth('getxattr', 'user.a'),
    ...ofBoth('access', 4),
    ...ofBoth('content'),
    [ROOT, 'link', LONGEST, 'short'],
    [ROOT, 'link', `${LONGEST}x`, 'other'],
    [ROOT, 'unlink', LONGEST],
    [ROOT, 'link', 'short', `${LONGEST}x`],
    [ROOT, 'link', 'short', LONGEST],
    [ROOT, 'unlink', LONGEST],
    [ROOT, 'rename', 'short', `${LONGEST}x`],
    [ROOT, 'rename', 'short', LONGEST],
    [ROOT, 'rename', `${LONGEST}x`, 'short'],
    [ROOT, 'rename', LONGEST, 'short'],
  ),
  posixCase(
    'the longest path of a link, and in one',
    [ROOT, 'makedirs', PARENT],
    [ROOT, 'symlink', LONGEST, 'short'],
    [ROOT, 'symlink', `${LONGEST}x`, 'other'],
    [ROOT, 'stat', 'short'],
    [ROOT, 'symlink', 'target', LONGEST],
    [ROOT, 'symlink', 'target', `${LONGEST}x`],
    [ROOT, 'readlink', LONGEST],
    [ROOT, 'readlink', 'short'],
    [ROOT, 'create', 'short'],
    [ROOT, 'unlink', LONGEST],
  ),
  posixCase('300 directories in each other', [ROOT, 'deep', 300]),
];
