/** Who may do what, and whom new files belong to. */
import {
  ALICE,
  BOB,
  CAROL,
  type PosixCase,
  posixCase,
  ROOT,
  type Step,
  type Who,
} from '../case.js';

const WHO: Readonly<Record<string, Who>> = { root: ROOT, owner: ALICE, group: CAROL, other: BOB };

const MODES = [0o000, 0o400, 0o200, 0o100, 0o040, 0o020, 0o004, 0o002, 0o700, 0o070, 0o007, 0o777];

const FILE_MODES: readonly PosixCase[] = Object.entries(WHO).flatMap(([name, who]) =>
  MODES.map((mode) =>
    posixCase(
      `a file of mode ${mode.toString(8)} to its ${name}`,
      [ROOT, 'create', 'f', mode, 'text'],
      [ROOT, 'chown', 'f', 1001, 1001],
      [ROOT, 'chmod', 'f', mode],
      [who, 'open', 'f', 'RDONLY'],
      [who, 'open', 'f', 'WRONLY'],
      [who, 'open', 'f', 'RDWR'],
      [who, 'open', 'f', 'RDONLY|TRUNC'],
      [who, 'open', 'f', 'WRONLY|CREAT|APPEND'],
      [who, 'truncate', 'f', 2],
      [who, 'utime', 'f'],
      [who, 'utime', 'f', '5', '6'],
      [who, 'getxattr', 'f', 'user.x'],
      [who, 'setxattr', 'f', 'user.x', 'v'],
      [who, 'chmod', 'f', 0o644],
    ),
  ),
);

const DIRECTORY_MODES: readonly PosixCase[] = Object.entries(WHO).flatMap(([name, who]) =>
  MODES.map((mode) =>
    posixCase(
      `a directory of mode ${mode.toString(8)} to its ${name}`,
      [ROOT, 'makedir', 'd', 0o777],
      [ROOT, 'create', 'd/f', 0o666],
      [ROOT, 'chown', 'd', 1001, 1001],
      [ROOT, 'chmod', 'd', mode],
      [who, 'listdir', 'd'],
      [who, 'stat', 'd/f'],
      [who, 'open', 'd/f', 'RDWR'],
      [who, 'touch', 'd/new'],
      [who, 'mkdir', 'd/sub'],
      [who, 'symlink', 'x', 'd/sym'],
      [who, 'rename', 'd/f', 'd/g'],
      [who, 'unlink', 'd/g'],
      [who, 'rmdir', 'd/sub'],
    ),
  ),
);

const CHOWNS: readonly PosixCase[] = Object.entries(WHO).flatMap(([name, who]) =>
  [
    [1001, 1001],
    [1002, 1001],
    [-1, 1001],
    [-1, 1003],
    [1001, -1],
    [-1, -1],
    [0, 0],
  ].flatMap(([uid, gid]) =>
    // Where nothing is changed the kernel leaves set-id bits; see deviations.test.ts.
    (uid === -1 && gid === -1 ? [0o755, 0o644, 0o711] : [0o6755, 0o6644, 0o2744, 0o755]).map(
      (mode) =>
        posixCase(
          `chown to ${uid}:${gid} of ${mode.toString(8)} by its ${name}`,
          [ROOT, 'create', 'f', 0o644, 'x'],
          [ROOT, 'chown', 'f', 1001, 1001],
          [ROOT, 'chmod', 'f', mode],
          [who, 'chown', 'f', uid, gid],
          [ROOT, 'stat', 'f'],
        ),
    ),
  ),
);

const SET_ID: readonly Step[] = [
  [ROOT, 'create', 'f', 0o644, 'content'],
  [ROOT, 'chown', 'f', 1001, 1001],
];

const CHANGES: Readonly<Record<string, readonly (readonly [string, ...unknown[]])[]>> = {
  write: [
    ['open', 'f', 'RDWR', 0, 'fd'],
    ['write', 'fd', 'x'],
    ['fstat', 'fd'],
  ],
  append: [
    ['open', 'f', 'RDWR|APPEND', 0, 'fd'],
    ['write', 'fd', 'x'],
    ['fstat', 'fd'],
  ],
  truncate: [['truncate', 'f', 3]],
  'truncate to the same size': [['truncate', 'f', 7]],
  ftruncate: [
    ['open', 'f', 'RDWR', 0, 'fd'],
    ['ftruncate', 'fd', 20],
  ],
  'open to truncate': [['open', 'f', 'WRONLY|TRUNC']],
  'a hole': [
    ['open', 'f', 'RDWR', 0, 'fd'],
    ['fallocate', 'fd', 3, 0, 2],
  ],
  'more space': [
    ['open', 'f', 'RDWR', 0, 'fd'],
    ['fallocate', 'fd', 0, 0, 100],
  ],
  'a range of another file': [
    ['open', 'f', 'RDWR', 0, 'fd'],
    ['open', 'source', 'RDONLY', 0, 'source'],
    ['copy_range', 'source', 'fd', 3],
  ],
  mapping: [
    ['open', 'f', 'RDWR', 0, 'fd'],
    ['mmap_write', 'fd', 7, 0, 'm'],
  ],
  reading: [['content', 'f']],
  'opening alone': [['open', 'f', 'RDWR']],
};

const CLEARED: readonly PosixCase[] = Object.entries(CHANGES).flatMap(([name, calls]) =>
  [0o6777, 0o6767, 0o4777, 0o2777, 0o2767].flatMap((mode) =>
    // Setgid without group execution: who is outside the group, see deviations.test.ts.
    ['owner', ...((mode & 0o2010) === 0o2000 ? [] : ['other']), 'root'].map((by) =>
      posixCase(
        `set-id bits of ${mode.toString(8)}: ${name} by ${by}`,
        ...SET_ID,
        [ROOT, 'create', 'source', 0o644, 'source'],
        [ROOT, 'chmod', 'f', mode],
        [ROOT, 'stat', 'f'],
        ...calls.map((call): Step => [WHO[by] as Who, ...call]),
        [ROOT, 'stat', 'f'],
      ),
    ),
  ),
);

export const PERMISSION_CASES: readonly PosixCase[] = [
  ...FILE_MODES,
  ...DIRECTORY_MODES,
  ...CHOWNS,
  ...CLEARED,
  posixCase(
    'setgid by somebody outside the group',
    [ROOT, 'create', 'f', 0o644],
    [ROOT, 'chown', 'f', 1001, 1002],
    [ALICE, 'chmod', 'f', 0o2755],
    [ALICE, 'chmod', 'f', 0o4755],
    [ALICE, 'chmod', 'f', 0o1755],
    [BOB, 'chmod', 'f', 0o777],
  ),
  posixCase(
    'sticky on files and directories',
    [ALICE, 'create', 'f', 0o644],
    [ALICE, 'makedir', 'd'],
    [ALICE, 'chmod', 'f', 0o1644],
    [ALICE, 'chmod', 'd', 0o1777],
  ),
  posixCase(
    'new files belong to who makes them',
    [ALICE, 'create', 'f', 0o640],
    [CAROL, 'mkdir', 'd', 0o750],
    [BOB, 'symlink', 'x', 's'],
    [BOB, 'mkfifo', 'p', 0o666],
    [[1002, 1009, []], 'touch', 'g'],
  ),
  posixCase(
    'a setgid directory hands down its group',
    [ROOT, 'makedir', 'd', 0o777],
    [ROOT, 'chown', 'd', 0, 1009],
    [ROOT, 'chmod', 'd', 0o2777],
    [ALICE, 'touch', 'd/f'],
    [ALICE, 'mkdir', 'd/d'],
    [ALICE, 'mkdir', 'd/d/d'],
    [ALICE, 'symlink', 'x', 'd/s'],
    [ALICE, 'mkfifo', 'd/p', 0o2666],
    [ALICE, 'open', 'd/g', 'WRONLY|CREAT', 0o2777],
    [[1001, 1001, [1009]], 'open', 'd/h', 'WRONLY|CREAT', 0o2777],
    [ROOT, 'open', 'd/i', 'WRONLY|CREAT', 0o6777],
  ),
  ...[0o000, 0o022, 0o077, 0o777, 0o027].map((mask) =>
    posixCase(
      `the umask ${mask.toString(8)}`,
      [ROOT, 'umask', mask],
      [ALICE, 'open', 'f', 'WRONLY|CREAT', 0o777],
      [ALICE, 'open', 'e', 'WRONLY|CREAT|EXCL', 0o666],
      [ALICE, 'mkdir', 'd', 0o1777],
      [ALICE, 'mkfifo', 'p', 0o666],
      [ALICE, 'symlink', 'x', 's'],
      [ROOT, 'open', 'r', 'WRONLY|CREAT', 0o7777],
    ),
  ),
  posixCase(
    'only owners and root set times',
    [ROOT, 'create', 'f', 0o666],
    [ROOT, 'chown', 'f', 1001, 1001],
    [BOB, 'utime', 'f'],
    [BOB, 'utime', 'f', '1', '2'],
    [ALICE, 'utime', 'f', '1', '2'],
    [ROOT, 'utime', 'f', '3', '4'],
    [ROOT, 'chmod', 'f', 0o444],
    [BOB, 'utime', 'f'],
    [ALICE, 'utime', 'f'],
  ),
  posixCase(
    'a hard link of a file that is not accessible',
    [ROOT, 'create', 'f', 0o600],
    [ALICE, 'link', 'f', 'g'],
    [ROOT, 'create', 'set', 0o4755],
    [ALICE, 'link', 'set', 'h'],
  ),
];
