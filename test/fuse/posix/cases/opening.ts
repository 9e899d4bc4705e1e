/** open(2) with all its flags, of all kinds of files, by all kinds of callers; and what umask leaves. */
import {
  ALICE,
  BOB,
  CAROL,
  moved,
  type PosixCase,
  posixCase,
  ROOT,
  type Step,
  type Who,
} from '../case.js';
import { KINDS, make } from './kinds.js';

const FLAGS = [
  'RDONLY',
  'WRONLY',
  'RDWR',
  'RDONLY|TRUNC',
  'WRONLY|TRUNC',
  'RDWR|TRUNC',
  'WRONLY|APPEND',
  'RDONLY|CREAT',
  'RDWR|CREAT',
  'WRONLY|CREAT|TRUNC',
  'WRONLY|CREAT|EXCL',
  'RDONLY|CREAT|EXCL|TRUNC',
  'RDONLY|NOFOLLOW',
  'WRONLY|NOFOLLOW',
  'RDWR|NOFOLLOW',
  'RDONLY|CREAT|NOFOLLOW',
  'RDONLY|DIRECTORY',
  'RDWR|DIRECTORY',
  'RDONLY|DIRECTORY|NOFOLLOW',
  'RDONLY|CREAT|DIRECTORY',
  'PATH',
  'PATH|NOFOLLOW',
  'PATH|DIRECTORY',
  'RDONLY|NOATIME',
  'RDONLY|SYNC',
  'RDWR|DSYNC',
  'RDONLY|DIRECT',
  'WRONLY|DIRECT|TRUNC',
];

/** Opening a FIFO waits for the other end, unless asked not to. */
function flagsFor(kind: string, flags: string): string {
  return kind === 'FIFO' ? `${flags}|NONBLOCK` : flags;
}

const EVERY_KIND: readonly PosixCase[] = [...KINDS, 'nothing'].flatMap((kind) =>
  FLAGS.map((flags) =>
    posixCase(
      `a ${kind} with ${flags}`,
      ...(kind === 'nothing' ? [] : [make(kind, 'f')]),
      ...(kind === 'file' ? [[ROOT, 'truncate', 'f', 7] as Step] : []),
      // What the link leads to is free; O_CREAT makes it there.
      moved(ROOT, ['.'], 'open', 'f', flagsFor(kind, flags), 0o640),
      [ROOT, 'open', 'f/', flagsFor(kind, flags), 0o640],
    ),
  ),
);

const NUMBERS: readonly PosixCase[] = [0, 1, 2, 3].map((access) =>
  posixCase(
    `the access mode ${access}`,
    [ROOT, 'create', 'f', 0o644],
    [ROOT, 'makedir', 'd'],
    [ROOT, 'open_number', 'f', access],
    [ROOT, 'open_number', 'd', access],
  ),
);

const MODES = [
  0o600, 0o060, 0o006, 0o477, 0o747, 0o774, 0o277, 0o727, 0o772, 0o177, 0o717, 0o771, 0o077, 0o707,
  0o770,
];
const CALLERS: Readonly<Record<string, Who>> = {
  'its owner': ALICE,
  'a member of its group': CAROL,
  'its group': [1002, 1001, []],
  'a stranger': BOB,
};

const PERMISSIONS: readonly PosixCase[] = ['file', 'FIFO', 'directory'].flatMap((kind) =>
  Object.entries(CALLERS).map(([name, who]) =>
    posixCase(
      `what ${name} may open of a ${kind}`,
      make(kind, 'f'),
      [ROOT, 'chown', 'f', 1001, 1001],
      ...MODES.flatMap((mode): Step[] => [
        [ROOT, 'chmod', 'f', mode],
        ...['RDONLY', 'WRONLY', 'RDWR', 'RDONLY|TRUNC', 'RDWR|TRUNC'].map(
          (flags): Step => [who, 'open', 'f', flagsFor(kind, flags)],
        ),
        ...[1, 2, 4, 6, 7].map((mask): Step => [who, 'access_effective', 'f', mask]),
        ...[1, 2, 4].map((mask): Step => [who, 'access', 'f', mask]),
      ]),
    ),
  ),
);

const REAL: readonly PosixCase[] = [0o600, 0o060, 0o006, 0o755, 0o000].map((mode) =>
  posixCase(
    `access by real ids to a file of mode ${mode.toString(8)}`,
    [ROOT, 'create', 'f', mode],
    [ROOT, 'chown', 'f', 1001, 1001],
    [ROOT, 'chmod', 'f', mode],
    ...[0, 1, 2, 4, 7].flatMap((mask): Step[] => [
      [ROOT, 'access_real', 'f', mask, 1001, 1001, []],
      [ROOT, 'access_real', 'f', mask, 1002, 1001, []],
      [ROOT, 'access_real', 'f', mask, 1003, 1003, [1001]],
      [ROOT, 'access_real', 'f', mask, 1002, 1002, []],
      [ROOT, 'access', 'f', mask],
    ]),
  ),
);

const MAKERS: readonly (readonly [
  call: string,
  before: readonly unknown[],
  after: readonly unknown[],
])[] = [
  ['open', [], ['WRONLY|CREAT']],
  ['mkdir', [], []],
  ['mkfifo', [], []],
  ['mknod', [], []],
];

const MASKS: readonly PosixCase[] = MAKERS.map(([call, , after]) =>
  posixCase(
    `modes that ${call} leaves`,
    ...(
      [
        [0o022, 0o755],
        [0o000, 0o151],
        [0o077, 0o151],
        [0o070, 0o345],
        [0o501, 0o345],
        [0o000, 0o7777],
        [0o777, 0o7777],
      ] as const
    ).flatMap(([mask, mode], index): Step[] => [
      [ROOT, 'umask', mask],
      [ROOT, call, `f${index}`, ...after, call === 'mknod' ? 0o020000 | mode : mode],
      [ALICE, call, `g${index}`, ...after, call === 'mknod' ? 0o010000 | mode : mode],
    ]),
  ),
);

const OWNERS: readonly PosixCase[] = MAKERS.map(([call, , after]) => {
  const step = (who: Who, path: string): Step => [
    who,
    call,
    path,
    ...after,
    call === 'mknod' ? 0o010644 : 0o644,
  ];
  return posixCase(
    `whom what ${call} makes belongs to`,
    [ROOT, 'makedir', 'd', 0o777],
    [ROOT, 'chown', 'd', 65_535, 65_535],
    step([65_535, 65_535, []], 'd/a'),
    step([65_535, 65_534, []], 'd/b'),
    step([65_534, 65_533, [65_535]], 'd/c'),
    [ROOT, 'chmod', 'd', 0o2777],
    step([65_534, 65_533, []], 'd/e'),
    step([65_534, 65_533, [65_535]], 'd/f'),
  );
});

export const OPEN_CASES: readonly PosixCase[] = [
  ...EVERY_KIND,
  ...NUMBERS,
  ...PERMISSIONS,
  ...REAL,
  ...MASKS,
  ...OWNERS,
  ...['WRONLY', 'RDWR', 'RDONLY'].flatMap((access) =>
    [ROOT, ALICE].map((who) =>
      posixCase(
        `a file of mode 0 that ${who === ROOT ? 'root' : 'somebody'} makes with ${access}`,
        [who, 'open', 'f', `${access}|CREAT`, 0, 'fd'],
        [who, 'ftruncate', 'fd', 0],
        [who, 'write', 'fd', 'text'],
        [who, 'ftruncate', 'fd', 9],
        [who, 'fallocate', 'fd', 0, 0, 20],
        [who, 'pread', 'fd', 20, 0],
        [who, 'open', 'f', access],
        [who, 'open', 'f', `${access}|CREAT`],
      ),
    ),
  ),
  posixCase(
    'an opening keeps what it was allowed',
    [ROOT, 'create', 'f', 0o666, 'text'],
    [ALICE, 'open', 'f', 'RDWR', 0, 'fd'],
    [ROOT, 'chmod', 'f', 0],
    [ALICE, 'pread', 'fd', 10, 0],
    [ALICE, 'pwrite', 'fd', 'TEXT', 0],
    [ALICE, 'ftruncate', 'fd', 2],
    [ALICE, 'open', 'f', 'RDONLY'],
    [ALICE, 'reopen', 'fd', 'RDONLY'],
    [ROOT, 'chown', 'f', 5, 5],
    [ALICE, 'futimens', 'fd', 'now', 'now'],
    [ALICE, 'futimens', 'fd', '5', '6'],
  ),
  posixCase(
    'opening moves times of what it makes and cuts alone',
    [ROOT, 'create', 'f', 0o644, 'text'],
    moved(ROOT, ['f', '.'], 'open', 'f', 'RDONLY|CREAT', 0o600),
    moved(ROOT, ['f', '.'], 'open', 'f', 'WRONLY|APPEND'),
    moved(ROOT, ['f', '.'], 'open', 'f', 'WRONLY|TRUNC'),
    moved(ROOT, ['f', '.'], 'open', 'f', 'WRONLY|TRUNC'),
    moved(ROOT, ['f', '.'], 'open', 'f', 'WRONLY|CREAT|EXCL', 0o600),
    moved(ALICE, ['f', '.'], 'open', 'f', 'RDONLY|TRUNC'),
    moved(ROOT, ['f', '.'], 'open', 'g', 'RDONLY|CREAT', 0o600),
    [ROOT, 'times_are_equal', 'g'],
    moved(ROOT, ['f', '.'], 'open', '.', 'RDONLY|DIRECTORY'),
  ),
  posixCase(
    'no descriptor is made of what fails',
    [ROOT, 'create', 'f', 0o600],
    [ALICE, 'open', 'f', 'RDWR', 0, 'fd'],
    [ROOT, 'unlink', 'f'],
    [ROOT, 'open', 'f', 'RDWR', 0, 'fd'],
  ),
  posixCase(
    'a socket that nobody listens on, and one that is gone',
    [ROOT, 'bind', 'sock'],
    [ROOT, 'connect', 'sock'],
    [ROOT, 'chmod', 'sock', 0o600],
    [ALICE, 'connect', 'sock'],
    [ROOT, 'unlink', 'sock'],
    [ROOT, 'connect', 'sock'],
    [ROOT, 'create', 'file', 0o666],
    [ROOT, 'connect', 'file'],
  ),
  posixCase(
    'a program that runs is not written to',
    [ROOT, 'copy_program', '/bin/sleep', 'prog'],
    ...['RDWR', 'RDONLY|TRUNC', 'WRONLY|CREAT|APPEND', 'RDONLY'].map(
      (flags): Step => [ROOT, 'while_running', './prog', 'open', 'prog', flags],
    ),
    [ROOT, 'while_running', './prog', 'truncate', 'prog', 123],
    [ROOT, 'while_running', './prog', 'chmod', 'prog', 0o711],
    [ROOT, 'while_running', './prog', 'rename', 'prog', 'moved'],
    [ROOT, 'while_running', './moved', 'unlink', 'moved'],
  ),
  posixCase(
    'programs and who may run them',
    [ROOT, 'copy_program', '/bin/true', 'prog'],
    [ALICE, 'run', './prog'],
    [ROOT, 'chmod', 'prog', 0o644],
    [ROOT, 'run', './prog'],
    [ALICE, 'run', './prog'],
    [ROOT, 'chmod', 'prog', 0o700],
    [ROOT, 'run', './prog'],
    [ALICE, 'run', './prog'],
    [ROOT, 'chmod', 'prog', 0o655],
    [ALICE, 'run', './prog'],
    [ROOT, 'chmod', 'prog', 0o711],
    [ALICE, 'run', './prog'],
  ),
];
