/**
 * What one call changes, every other one sees at once: through each name, each descriptor and each handle,
 * whatever the kernel has been told before. All that a case names is looked at after each of its steps.
 */
import { ALICE, BOB, moved, type PosixCase, posixCase, ROOT, type Step } from '../case.js';

const EXCHANGE = 2;
const PUNCH_KEEP = 3;
const ZERO = 16;
const FIXED_TIME = '1500000000123456789';
const OTHER_TIME = '1600000000987654321';

const NAMES = ['a', 'b', 'c'] as const;

/** A file of three names that is open twice. */
const THREE: readonly Step[] = [
  [ROOT, 'create', 'a', 0o6777, '0123456789'],
  [ROOT, 'link', 'a', 'b'],
  [ROOT, 'link', 'a', 'c'],
  [ROOT, 'open', 'a', 'RDWR', 0, 'one'],
  [ROOT, 'open', 'b', 'RDWR|APPEND', 0, 'two'],
];

/** Each is made through one name or descriptor, and has to be seen through all others. */
const CHANGES: readonly (readonly unknown[])[] = [
  ['chmod', 'b', 0o640],
  ['fchmod', 'two', 0o600],
  ['chown', 'c', 5, 6],
  ['fchown', 'one', 7, 8],
  ['truncate', 'c', 3],
  ['ftruncate', 'one', 30],
  ['write', 'one', 'more'],
  ['write', 'two', 'at the end'],
  ['pwrite', 'one', 'far', 5000],
  ['open', 'c', 'WRONLY|TRUNC'],
  ['setxattr', 'b', 'user.a', 'x'],
  ['utimens', 'b', FIXED_TIME, OTHER_TIME],
  ['futimens', 'two', 'omit', FIXED_TIME],
  ['fallocate', 'one', 0, 0, 9000],
  ['fallocate', 'one', PUNCH_KEEP, 0, 5],
  ['copy_range', 'from', 'one', 3, 0, 20],
  ['mmap_write', 'one', 10, 2, 'MAP'],
  ['unlink', 'c'],
  ['rename', 'c', 'd'],
  ['link', 'c', 'd'],
  ['rename', 'other', 'c'],
  ['renameat2', 'other', 'c', EXCHANGE],
  ['content', 'b'],
];

const ONE_FILE: readonly PosixCase[] = CHANGES.map((change) =>
  posixCase(
    `three names and two descriptors after ${change.join(' ')}`,
    ...THREE,
    [ROOT, 'create', 'other', 0o644, 'other'],
    [ROOT, 'open', 'other', 'RDONLY', 0, 'from'],
    moved(ROOT, [...NAMES, '.'], ...change),
    [ROOT, 'pread', 'two', 40, 0],
    [ROOT, 'close', 'one'],
    [ROOT, 'fsync', 'two'],
    [ROOT, 'unlink', 'a'],
    [ROOT, 'unlink', 'b'],
    [ROOT, 'fstat', 'two'],
  ),
);

const BY_OTHERS: readonly PosixCase[] = [
  [0o6777, 'write'],
  [0o2777, 'write'],
  [0o4777, 'truncate'],
  [0o6777, 'chown'],
].map(([mode, call]) =>
  posixCase(
    `set-id bits of ${Number(mode).toString(8)} that a ${call} takes away are gone everywhere`,
    [ROOT, 'create', 'a', 0o644, 'text'],
    [ROOT, 'chown', 'a', 1001, 1001],
    [ROOT, 'link', 'a', 'b'],
    [ROOT, 'chmod', 'a', mode],
    [ROOT, 'open', 'b', 'RDONLY', 0, 'ro'],
    [BOB, 'open', 'a', 'WRONLY', 0, 'fd'],
    call === 'write'
      ? moved(BOB, ['a', 'b'], 'write', 'fd', 'x')
      : call === 'truncate'
        ? moved(BOB, ['a', 'b'], 'ftruncate', 'fd', 2)
        : moved(ALICE, ['a', 'b'], 'chown', 'b', -1, 1001),
    [ROOT, 'fstat', 'ro'],
  ),
);

/** Ways for a name to come to be that was looked for and was not there. */
const APPEARING: readonly (readonly unknown[])[] = [
  ['create', 'x', 0o644],
  ['mkdir', 'x'],
  ['mkfifo', 'x'],
  ['symlink', 'target', 'x'],
  ['bind', 'x'],
  ['link', 'file', 'x'],
  ['rename', 'file', 'x'],
  ['rename', 'dir', 'x'],
  ['open', 'x', 'RDWR|CREAT|EXCL', 0o600],
  ['mknod', 'x', 0o020600, 1, 3],
];

const MISSING: readonly PosixCase[] = APPEARING.map((call) =>
  posixCase(
    `a name that was missing is there after ${call.join(' ')}`,
    [ROOT, 'create', 'file', 0o644, 'file'],
    [ROOT, 'makedir', 'dir'],
    [ROOT, 'create', 'dir/below', 0o644],
    [ROOT, 'lstat', 'x'],
    [ROOT, 'open', 'x', 'RDONLY'],
    [ROOT, 'lstat', 'x/below'],
    [ROOT, 'listdir', '.'],
    moved(ROOT, ['.'], ...call),
    [ROOT, 'lstat', 'x'],
    [ROOT, 'lstat', 'x/below'],
    [ROOT, 'listdir', '.'],
    moved(ROOT, ['.'], 'rename', 'x', 'y'),
    [ROOT, 'lstat', 'x'],
    [ROOT, 'lstat', 'y/below'],
    [ROOT, 'listdir', '.'],
    [ROOT, 'create', 'x', 0o600, 'anew'],
    [ROOT, 'content', 'x'],
    [ROOT, 'unlink', 'x'],
    [ROOT, 'lstat', 'x'],
    [ROOT, 'mkdir', 'x'],
    [ROOT, 'lstat', 'x'],
  ),
);

/** Calls that change directories: the counts, sizes and times of each. */
const IN_DIRECTORIES: readonly (readonly unknown[])[] = [
  ['mkdir', 'p/new'],
  ['rmdir', 'p/empty'],
  ['create', 'p/new', 0o644],
  ['unlink', 'p/file'],
  ['rename', 'p/empty', 'q/empty'],
  ['rename', 'p/full', 'q/full'],
  ['rename', 'p/empty', 'q/other'],
  ['rename', 'p/file', 'q/file'],
  ['rename', 'p/file', 'q/there'],
  ['rename', 'p/empty', 'p/again'],
  ['renameat2', 'p/empty', 'q/there', EXCHANGE],
  ['renameat2', 'p/full', 'q/other', EXCHANGE],
  ['renameat2', 'p', 'q', EXCHANGE],
  ['link', 'p/file', 'q/link'],
  ['symlink', 'x', 'q/link'],
];

const DIRECTORIES: readonly PosixCase[] = IN_DIRECTORIES.map((call) =>
  posixCase(
    `directories after ${call.join(' ')}`,
    [ROOT, 'makedir', 'p'],
    [ROOT, 'makedir', 'q'],
    [ROOT, 'makedir', 'p/empty'],
    [ROOT, 'makedir', 'p/full'],
    [ROOT, 'create', 'p/full/below', 0o644, 'below'],
    [ROOT, 'create', 'p/file', 0o644, 'file'],
    [ROOT, 'makedir', 'q/other'],
    [ROOT, 'create', 'q/there', 0o644, 'there'],
    [ROOT, 'open', 'p', 'RDONLY|DIRECTORY', 0, 'p'],
    [ROOT, 'listfd', 'p'],
    [ROOT, 'listdir', 'q'],
    [ROOT, 'lstat', 'q/full/below'],
    moved(ROOT, ['p', 'q', '.', 'p/empty', 'p/full', 'p/file', 'q/other', 'q/there'], ...call),
    [ROOT, 'listfd', 'p'],
    [ROOT, 'listdir', 'p'],
    [ROOT, 'listdir', 'q'],
    [ROOT, 'lstat', 'p/full/below'],
    [ROOT, 'lstat', 'q/full/below'],
    [ROOT, 'lstat', 'q/other/below'],
    [ROOT, 'is_same', 'q/..', '.'],
    [ROOT, 'is_same', 'p/full/..', 'p'],
    [ROOT, 'is_same', 'q/full/..', 'q'],
    [ROOT, 'is_same', 'q/empty/..', 'q'],
    [ROOT, 'statat', 'p', 'full'],
    [ROOT, 'openat', 'p', 'file', 'RDONLY'],
  ),
);

const CONTENT: readonly PosixCase[] = [
  posixCase(
    'what is written is read through every descriptor',
    [ROOT, 'create', 'f', 0o644, '0123456789'],
    [ROOT, 'open', 'f', 'RDWR', 0, 'one'],
    [ROOT, 'open', 'f', 'RDWR', 0, 'two'],
    [ROOT, 'open', 'f', 'WRONLY|APPEND', 0, 'end'],
    [ROOT, 'pread', 'two', 20, 0],
    [ROOT, 'pwrite', 'one', 'ABC', 2],
    [ROOT, 'pread', 'two', 20, 0],
    [ROOT, 'write', 'end', 'end'],
    [ROOT, 'pread', 'two', 20, 0],
    [ROOT, 'mmap_read', 'two', 13],
    [ROOT, 'ftruncate', 'two', 4],
    [ROOT, 'pread', 'one', 20, 0],
    [ROOT, 'write', 'end', '-and-more'],
    [ROOT, 'pread', 'one', 20, 0],
    [ROOT, 'truncate', 'f', 20],
    [ROOT, 'pread', 'two', 30, 0],
    [ROOT, 'open', 'f', 'WRONLY|TRUNC'],
    [ROOT, 'pread', 'one', 20, 0],
    [ROOT, 'pwrite', 'two', 'x', 3],
    [ROOT, 'content', 'f'],
  ),
  posixCase(
    'what was read is not read again once it has changed past the pages',
    [ROOT, 'create', 'f', 0o644, '0123456789'],
    [ROOT, 'create', 'g', 0o644, 'abcdefghij'],
    [ROOT, 'truncate', 'f', 8192],
    [ROOT, 'open', 'f', 'RDWR', 0, 'f'],
    [ROOT, 'open', 'g', 'RDWR', 0, 'g'],
    [ROOT, 'pread', 'f', 12, 0],
    [ROOT, 'copy_range', 'g', 'f', 4, 0, 2],
    [ROOT, 'pread', 'f', 12, 0],
    [ROOT, 'fallocate', 'f', PUNCH_KEEP, 0, 4],
    [ROOT, 'pread', 'f', 12, 0],
    [ROOT, 'fallocate', 'f', ZERO, 6, 2],
    [ROOT, 'pread', 'f', 12, 0],
    [ROOT, 'direct_write', 'f', 'D'],
    [ROOT, 'pread', 'f', 12, 4090],
    [ROOT, 'pwrite', 'f', 'EEEE', 4094],
    [ROOT, 'direct_read', 'f'],
    [ROOT, 'mmap_meets_calls', 'f', 20],
    [ROOT, 'direct_read', 'f'],
    [ROOT, 'sendfile', 'g', 'f', 20],
    [ROOT, 'content', 'g'],
    [ROOT, 'mmap_private', 'f', 12, 'mine'],
    [ROOT, 'pread', 'f', 12, 0],
    [ROOT, 'splice', 'f', 'g', 8],
    [ROOT, 'content', 'g'],
  ),
  posixCase(
    'what a name leads to changes',
    [ROOT, 'create', 'a', 0o644, 'first'],
    [ROOT, 'create', 'b', 0o600, 'second, longer'],
    [ROOT, 'symlink', 'a', 's'],
    [ROOT, 'symlink', 'b', 't'],
    [ROOT, 'content', 'a'],
    [ROOT, 'content', 's'],
    [ROOT, 'readlink', 's'],
    [ROOT, 'renameat2', 'a', 'b', EXCHANGE],
    [ROOT, 'content', 'a'],
    [ROOT, 'content', 's'],
    [ROOT, 'rename', 't', 's'],
    [ROOT, 'readlink', 's'],
    [ROOT, 'content', 's'],
    [ROOT, 'unlink', 's'],
    [ROOT, 'symlink', 'elsewhere', 's'],
    [ROOT, 'readlink', 's'],
    [ROOT, 'stat', 's'],
    [ROOT, 'rename', 'a', 'elsewhere'],
    [ROOT, 'content', 's'],
  ),
  posixCase(
    'attributes that are set, replaced and removed',
    [ROOT, 'create', 'a', 0o644],
    [ROOT, 'link', 'a', 'b'],
    [ROOT, 'getxattr', 'b', 'user.x'],
    moved(ROOT, ['a', 'b'], 'setxattr', 'a', 'user.x', 'one'),
    [ROOT, 'getxattr', 'b', 'user.x'],
    [ROOT, 'listxattr', 'b'],
    moved(ROOT, ['a', 'b'], 'setxattr', 'b', 'user.x', 'another'),
    [ROOT, 'getxattr', 'a', 'user.x'],
    moved(ROOT, ['a', 'b'], 'removexattr', 'a', 'user.x'),
    [ROOT, 'getxattr', 'b', 'user.x'],
    [ROOT, 'listxattr', 'b'],
  ),
  posixCase(
    'rights that are taken and given',
    [ROOT, 'makedir', 'd', 0o777],
    [ROOT, 'create', 'd/f', 0o666, 'text'],
    [BOB, 'content', 'd/f'],
    [ROOT, 'chmod', 'd', 0o700],
    [BOB, 'content', 'd/f'],
    [BOB, 'listdir', 'd'],
    [ROOT, 'chown', 'd', 1002, 1002],
    [BOB, 'content', 'd/f'],
    [ROOT, 'chmod', 'd/f', 0o600],
    [BOB, 'content', 'd/f'],
    [BOB, 'unlink', 'd/f'],
    [BOB, 'touch', 'd/f'],
    [BOB, 'content', 'd/f'],
    [ALICE, 'content', 'd/f'],
    [ROOT, 'chmod', 'd', 0o711],
    [ALICE, 'content', 'd/f'],
    [ALICE, 'listdir', 'd'],
  ),
];

/** Times that stay as they are when nothing happens but that what was written is brought in. */
const SETTLING: readonly PosixCase[] = [
  ['fsync', 'fd'],
  ['fdatasync', 'fd'],
  ['close', 'fd'],
  ['chmod', 'a', 0o600],
  ['rename', 'a', 'c'],
  ['link', 'a', 'c'],
  ['unlink', 'a'],
  ['open', 'b', 'RDONLY'],
].flatMap((call) => {
  const written: readonly Step[] = [
    [ROOT, 'create', 'a', 0o644, 'before'],
    [ROOT, 'link', 'a', 'b'],
    [ROOT, 'open', 'a', 'RDWR', 0, 'fd'],
    moved(ROOT, ['b'], 'write', 'fd', 'written'),
  ];
  const after: readonly Step[] = [
    moved(ROOT, ['b'], ...call),
    moved(ROOT, ['b'], 'open', 'b', 'RDONLY'),
    moved(ROOT, ['b'], 'close_all'),
    [ROOT, 'content', 'b'],
  ];
  return [
    posixCase(`written, and then ${call.join(' ')}`, ...written, ...after),
    posixCase(
      `written, dated, and then ${call.join(' ')}`,
      ...written,
      [ROOT, 'utimens', 'b', FIXED_TIME, OTHER_TIME],
      [ROOT, 'times', 'b'],
      ...after.slice(0, 2),
      [ROOT, 'times', 'b'],
      ...after.slice(2, 3),
      [ROOT, 'times', 'b'],
    ),
    posixCase(
      `dated by its descriptor, written, and then ${call.join(' ')}`,
      ...written,
      [ROOT, 'futimens', 'fd', FIXED_TIME, OTHER_TIME],
      [ROOT, 'ftimes', 'fd'],
      moved(ROOT, ['b'], 'write', 'fd', 'again'),
      ...after,
    ),
  ];
});

export const SEEN_AGAIN_CASES: readonly PosixCase[] = [
  ...ONE_FILE,
  ...BY_OTHERS,
  ...MISSING,
  ...DIRECTORIES,
  ...CONTENT,
  ...SETTLING,
];
