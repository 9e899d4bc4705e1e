/** Each kind of file, under each call that takes any: what changes, which times move, what is refused. */
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

/** How each kind is made at a path. */
export const MAKE: Readonly<Record<string, (path: string) => Step>> = {
  file: (path) => [ROOT, 'create', path, 0o644],
  directory: (path) => [ROOT, 'makedir', path, 0o755],
  FIFO: (path) => [ROOT, 'mkfifo', path, 0o644],
  'block device': (path) => [ROOT, 'mknod', path, 0o060644, 240, 2],
  'character device': (path) => [ROOT, 'mknod', path, 0o020644, 240, 2],
  socket: (path) => [ROOT, 'bind', path],
  link: (path) => [ROOT, 'symlink', 'target', path],
};

export const KINDS: readonly string[] = Object.keys(MAKE);
const NO_LINKS = KINDS.filter((kind) => kind !== 'link');
const NO_DIRECTORIES = KINDS.filter((kind) => kind !== 'directory');

/** A step that makes the kind at the path. */
export function make(kind: string, path: string): Step {
  return (MAKE[kind] as (path: string) => Step)(path);
}

export function remove(kind: string, path: string): Step {
  return [ROOT, kind === 'directory' ? 'rmdir' : 'unlink', path];
}

/** In two further groups, one of them as that of the process. */
const MEMBER: Who = [1001, 1011, [1011, 1012]];
/** A directory in which everybody but its owner may only look. */
const FIXED: Step = [ROOT, 'makedir', 'd', 0o755];

function chmods(kind: string): PosixCase[] {
  const call = (who: Who, mode: number, path = 'f'): Step =>
    moved(who, ['f', '.'], 'chmod', path, mode);
  return [
    posixCase(
      `chmod of a ${kind}, also through a link`,
      make(kind, 'f'),
      [ROOT, 'symlink', 'f', 's'],
      call(ROOT, 0o111),
      call(ROOT, 0o222, 's'),
      call(ROOT, 0o1621),
      call(ROOT, 0o6555, 's'),
      call(ROOT, 0o7777),
      call(ROOT, 0),
    ),
    posixCase(
      `chmod of a ${kind} by its owner and by others`,
      make(kind, 'f'),
      [ROOT, 'symlink', 'f', 's'],
      call(ALICE, 0o600),
      [ROOT, 'chown', 'f', 1001, 1001],
      call(ALICE, 0o642),
      call(ALICE, 0o1644),
      call(ALICE, 0o1640, 's'),
      call(ALICE, 0o6755),
      call(BOB, 0o641),
      call(BOB, 0o641, 's'),
      [ROOT, 'chown', 'f', 1001, 1002],
      call(ALICE, 0o2755),
      [ROOT, 'chown', 'f', 0, 0],
      call(ALICE, 0o641),
    ),
  ];
}

function chowns(kind: string): PosixCase[] {
  const calls = kind === 'link' ? ['lchown'] : ['chown', 'lchown'];
  return calls.flatMap((name) => {
    const call = (who: Who, uid: number, gid: number, path = 'f'): Step =>
      moved(who, ['f', '.'], name, path, uid, gid);
    const setId: readonly Step[] = kind === 'link' ? [] : [[ROOT, 'chmod', 'f', 0o6555]];
    return [
      posixCase(
        `${name} of a ${kind} by root`,
        make(kind, 'f'),
        [ROOT, 'symlink', 'f', 's'],
        call(ROOT, 123, 456),
        call(ROOT, -1, 7),
        call(ROOT, 8, -1),
        call(ROOT, -1, -1),
        call(ROOT, 9, 10, 's'),
        call(ROOT, 0, 0),
        ...setId,
        call(ROOT, 65_534, 65_533),
        ...setId,
        call(ROOT, 0, 0),
        call(ROOT, -1, -1),
      ),
      posixCase(
        `${name} of a ${kind} by its owner to groups of his`,
        make(kind, 'f'),
        [ROOT, 'lchown', 'f', 1001, 1013],
        [ROOT, 'symlink', 'f', 's'],
        call(MEMBER, -1, 1011),
        call(MEMBER, 1001, 1012),
        call(MEMBER, -1, 1011, 's'),
        call(MEMBER, 1001, -1),
        call(MEMBER, -1, 1013),
        call(MEMBER, 1002, 1011),
        call(MEMBER, 0, -1),
        ...setId,
        call(MEMBER, 1001, 1012),
        ...setId,
        call(MEMBER, -1, 1011),
      ),
      posixCase(
        `${name} of a ${kind} by strangers`,
        make(kind, 'f'),
        [ROOT, 'symlink', 'f', 's'],
        call(ALICE, 1001, -1),
        call(ALICE, -1, 1001),
        call(ALICE, 1001, 1001),
        call(ALICE, 1001, 1001, 's'),
        call(ALICE, 0, 0),
        call(ALICE, -1, -1),
        call(ALICE, -1, -1, 's'),
        [ROOT, 'lchown', 'f', 1002, 1002],
        call(ALICE, 1002, 1002),
        call(ALICE, -1, 1002),
      ),
    ];
  });
}

function links(kind: string): PosixCase[] {
  if (kind === 'directory') return [];
  const watched = ['f', '.'];
  return [
    posixCase(
      `three names of a ${kind}`,
      make(kind, 'f'),
      moved(ROOT, watched, 'link', 'f', 'g'),
      moved(ROOT, ['f', 'g'], 'link', 'g', 'h'),
      [ROOT, 'is_same', 'f', 'h'],
      ...(kind === 'link' ? [] : [moved(ROOT, ['f', 'h'], 'chmod', 'g', 0o201)]),
      moved(ROOT, ['f', 'h'], 'lchown', 'g', 65_534, 65_533),
      moved(ROOT, ['g', 'h', '.'], 'unlink', 'f'),
      moved(ROOT, ['g', '.'], 'unlink', 'h'),
      [ROOT, 'lstat', 'f'],
      moved(ROOT, ['.'], 'unlink', 'g'),
    ),
    posixCase(
      `a name of a ${kind} that is refused`,
      FIXED,
      make(kind, 'd/f'),
      [ROOT, 'lchown', 'd/f', 1001, 1001],
      moved(ALICE, ['d/f', 'd'], 'link', 'd/f', 'd/g'),
      moved(ALICE, ['d/f', 'd'], 'unlink', 'd/f'),
      moved(ALICE, ['d/f', 'd'], 'rename', 'd/f', 'd/g'),
      [ROOT, 'link', 'd/f', 'd/g'],
      moved(ROOT, ['d/f', 'd'], 'link', 'd/f', 'd/g'),
      moved(ROOT, ['d/f', 'd'], 'rename', 'd/f', 'd/g'),
    ),
  ];
}

function renames(kind: string): PosixCase[] {
  const withLinks: readonly Step[] = [
    [ROOT, 'link', 'g', 'f'],
    moved(ROOT, ['f', 'g', '.'], 'rename', 'g', 'h'),
    [ROOT, 'is_same', 'f', 'h'],
    [ROOT, 'makedir', 'd'],
    moved(ROOT, ['f', 'h', '.', 'd'], 'rename', 'h', 'd/h'),
    moved(ROOT, ['f', 'd/h', '.', 'd'], 'rename', 'd/h', 'f'),
  ];
  return [
    posixCase(
      `rename of a ${kind}`,
      make(kind, 'f'),
      moved(ROOT, ['f', '.'], 'rename', 'f', 'g'),
      [ROOT, 'lstat', 'f'],
      ...(kind === 'directory' ? [] : withLinks),
    ),
    posixCase(
      `rename of a ${kind} by a stranger`,
      FIXED,
      make(kind, 'd/f'),
      moved(ALICE, ['d/f', 'd'], 'rename', 'd/f', 'd/g'),
      moved(ALICE, ['d/f', 'd'], 'rename', 'd/f', 'g'),
    ),
    ...(kind === 'directory'
      ? []
      : [
          posixCase(
            `rename over a ${kind} that has another name`,
            make(kind, 'new'),
            make(kind, 'old'),
            [ROOT, 'link', 'old', 'other'],
            moved(ROOT, ['new', 'other', '.'], 'rename', 'new', 'old'),
            moved(ROOT, ['old', 'other'], 'unlink', 'old'),
          ),
        ]),
  ];
}

function places(kind: string): PosixCase[] {
  return [
    posixCase(
      `the place of a ${kind} is taken`,
      make(kind, 'f'),
      [ROOT, 'create', 'file', 0o644],
      [ROOT, 'makedir', 'dir'],
      ...(
        [
          ['mkdir', 'f'],
          ['mkfifo', 'f'],
          ['mknod', 'f', 0o060644, 0, 0],
          ['mknod', 'f', 0o020644, 0, 0],
          ['mknod', 'f', 0o010644, 0, 0],
          ['mknod', 'f', 0o100644, 0, 0],
          ['mknod', 'f', 0o140644, 0, 0],
          ['symlink', 'test', 'f'],
          ['link', 'file', 'f'],
          ['open', 'f', 'RDONLY|CREAT|EXCL', 0o644],
          ['open', 'f', 'RDWR|CREAT|EXCL|TRUNC|NOFOLLOW', 0o644],
          ['bind', 'f'],
        ] as const
      ).map((call) => moved(ROOT, ['f', '.'], ...call)),
      [ROOT, 'renameat2', 'file', 'f', 1],
      [ROOT, 'renameat2', 'dir', 'f', 1],
    ),
    posixCase(
      `a directory with a ${kind} in it`,
      [ROOT, 'makedir', 'full'],
      [ROOT, 'makedir', 'empty'],
      make(kind, 'full/f'),
      moved(ROOT, ['full', '.'], 'rmdir', 'full'),
      moved(ROOT, ['full', 'empty', '.'], 'rename', 'empty', 'full'),
      moved(ROOT, ['full', '.'], 'unlink', 'full'),
      moved(ROOT, ['full', '.'], ...remove(kind, 'full/f').slice(1)),
      moved(ROOT, ['.', 'empty'], 'rename', 'empty', 'full'),
      moved(ROOT, ['.'], 'rmdir', 'full'),
    ),
    posixCase(
      `a ${kind} where a directory has to be`,
      [ROOT, 'create', 'target', 0o644],
      make(kind, 'f'),
      [ROOT, 'create', 'file', 0o644],
      [ROOT, 'link', 'f/test', 'new'],
      [ROOT, 'link', 'file', 'f/test'],
      [ROOT, 'rename', 'f/test', 'new'],
      [ROOT, 'rename', 'file', 'f/test/'],
      [ROOT, 'open', 'f/test', 'RDONLY'],
      [ROOT, 'open', 'f/test', 'RDONLY|CREAT', 0o644],
      [ROOT, 'mknod', 'f/test', 0o060644, 1, 2],
      [ROOT, 'chmod', 'f/test', 0o644],
      [ROOT, 'listdir', 'f'],
      [ROOT, 'chdir', 'f'],
    ),
  ];
}

/** Of mounts that tell it. */
export const BIRTH_CASES: readonly PosixCase[] = KINDS.map((kind) =>
  posixCase(`the birth of a ${kind}`, FIXED, make(kind, 'd/f'), [ROOT, 'birth', 'd/f']),
);

function births(kind: string): PosixCase[] {
  const newborn = [ROOT, 'times_are_equal', 'd/f'] as const;
  return [
    posixCase(
      `a new ${kind} is of now, and changes the directory`,
      FIXED,
      moved(ROOT, ['d', '.'], ...make(kind, 'd/f').slice(1)),
      ...(kind === 'file' || kind === 'directory' ? [] : [newborn]),
      moved(ROOT, ['d', '.'], ...remove(kind, 'd/f').slice(1)),
    ),
    posixCase(
      `times of a ${kind}`,
      make(kind, 'f'),
      moved(ROOT, ['f', '.'], 'utimens', 'f', '1900000000000000000', '1950000000000000001', false),
      [ROOT, 'times', 'f'],
      moved(ROOT, ['f', '.'], 'utimens', 'f', '1950000000100000000', '1900000000000000000', false),
      [ROOT, 'times', 'f'],
      moved(ROOT, ['f', '.'], 'utimens', 'f', 'omit', '-5', false),
      [ROOT, 'times', 'f'],
      moved(ROOT, ['f', '.'], 'utimens', 'f', '4294967296000000000', 'omit', false),
      [ROOT, 'times', 'f'],
      moved(ROOT, ['f', '.'], 'utimens', 'f', 'omit', 'omit', false),
      [ROOT, 'times', 'f'],
      moved(ROOT, ['f', '.'], 'utimens', 'f', 'now', 'now', false),
      moved(ALICE, ['f', '.'], 'utimens', 'f', '5', '6', false),
      moved(ALICE, ['f', '.'], 'utimens', 'f', 'now', 'now', false),
    ),
  ];
}

function attributes(kind: string): PosixCase[] {
  return [
    posixCase(
      `sizes and attributes of a ${kind}`,
      make(kind, 'f'),
      moved(ROOT, ['f'], 'truncate', 'f', 0),
      moved(ROOT, ['f'], 'truncate', 'f', 5),
      moved(ROOT, ['f'], 'truncate', 'f', -1),
      moved(ROOT, ['f'], 'setxattr', 'f', 'user.a', 'x', 0, false),
      moved(ROOT, ['f'], 'setxattr', 'f', 'trusted.a', 'x', 0, false),
      moved(ROOT, ['f'], 'removexattr_link', 'f', 'trusted.a'),
    ),
    posixCase(
      `a ${kind} and another filesystem`,
      make(kind, 'f'),
      [ROOT, 'touch', '@/there'],
      moved(ROOT, ['f', '.'], 'rename', 'f', '@/name'),
      moved(ROOT, ['f', '.'], 'link', 'f', '@/name'),
      moved(ROOT, ['f', '.'], 'renameat2', 'f', '@/there', 2),
      moved(ROOT, ['f', '.'], 'rename', '@/there', 'f'),
    ),
  ];
}

/** What may be over what: every kind over every other, in all three ways. */
const OVER: readonly PosixCase[] = KINDS.flatMap((source) =>
  KINDS.flatMap((target) =>
    [0, 1, 2].map((flags) =>
      posixCase(
        `rename of a ${source} to a ${target}, flags ${flags}`,
        [ROOT, 'makedir', 'a'],
        [ROOT, 'makedir', 'b'],
        make(source, 'a/one'),
        make(target, 'b/other'),
        moved(ROOT, ['a', 'b', 'a/one', 'b/other'], 'renameat2', 'a/one', 'b/other', flags),
      ),
    ),
  ),
);

export const KIND_CASES: readonly PosixCase[] = [
  ...NO_LINKS.flatMap(chmods),
  ...KINDS.flatMap(chowns),
  ...NO_DIRECTORIES.flatMap(links),
  ...KINDS.flatMap(renames),
  ...KINDS.flatMap(places),
  ...KINDS.flatMap(births),
  ...KINDS.flatMap(attributes),
  ...OVER,
];
