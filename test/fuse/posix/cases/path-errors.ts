/** Every call that takes a path, with every kind of path that there is something wrong with. */
import { ALICE, CAROL, type PosixCase, posixCase, ROOT, type Step, type Who } from '../case.js';

interface Call {
  readonly name: string;
  readonly step: (path: string) => readonly [string, ...unknown[]];
}

/** Calls that only look, one after the other. */
const LOOKING_CALLS: readonly Call[] = [
  { name: 'open to read', step: (path) => ['open', path, 'RDONLY'] },
  { name: 'open a directory', step: (path) => ['open', path, 'RDONLY|DIRECTORY'] },
  { name: 'open no link', step: (path) => ['open', path, 'RDONLY|NOFOLLOW'] },
  { name: 'open the path', step: (path) => ['open', path, 'PATH'] },
  { name: 'listing', step: (path) => ['listdir', path] },
  { name: 'access', step: (path) => ['access_effective', path, 6] },
  { name: 'readlink', step: (path) => ['readlink', path] },
  { name: 'stat', step: (path) => ['stat', path] },
  { name: 'lstat', step: (path) => ['lstat', path] },
  { name: 'getxattr', step: (path) => ['getxattr', path, 'user.a'] },
  { name: 'listxattr', step: (path) => ['listxattr', path] },
];

/** Calls that change a file. */
const FILE_CALLS: readonly Call[] = [
  { name: 'chmod', step: (path) => ['chmod', path, 0o600] },
  { name: 'chown', step: (path) => ['chown', path, 5, 6] },
  { name: 'lchown', step: (path) => ['lchown', path, 5, 6] },
  { name: 'open to write', step: (path) => ['open', path, 'WRONLY'] },
  { name: 'open to truncate', step: (path) => ['open', path, 'WRONLY|TRUNC'] },
  { name: 'truncate', step: (path) => ['truncate', path, 3] },
  { name: 'utimensat', step: (path) => ['utime', path, '1000000001', '2000000002'] },
  { name: 'utimensat of a link', step: (path) => ['lutime', path, '1000000001', '2000000002'] },
  { name: 'utimensat of now', step: (path) => ['utimens', path, 'now', 'now'] },
  { name: 'utimensat of nothing', step: (path) => ['utimens', path, 'omit', 'omit'] },
  { name: 'removexattr', step: (path) => ['removexattr', path, 'user.a'] },
  { name: 'setxattr', step: (path) => ['setxattr', path, 'user.a', 'value'] },
];

/** Calls that make, move and remove names. */
const NAME_CALLS: readonly Call[] = [
  { name: 'link from', step: (path) => ['link', path, 'new'] },
  { name: 'link to', step: (path) => ['link', 'file', path] },
  { name: 'mkdir', step: (path) => ['mkdir', path] },
  { name: 'mkfifo', step: (path) => ['mkfifo', path] },
  { name: 'mknod', step: (path) => ['mknod', path, 0o020644, 1, 3] },
  { name: 'mknod of a block device', step: (path) => ['mknod', path, 0o060600, 240, 1] },
  { name: 'mknod of a FIFO', step: (path) => ['mknod', path, 0o010644] },
  { name: 'mknod of a file', step: (path) => ['mknod', path, 0o100644] },
  { name: 'mknod of a directory', step: (path) => ['mknod', path, 0o040755] },
  { name: 'bind', step: (path) => ['bind', path] },
  { name: 'open to create', step: (path) => ['open', path, 'WRONLY|CREAT', 0o640] },
  { name: 'open to create anew', step: (path) => ['open', path, 'RDWR|CREAT|EXCL', 0o640] },
  { name: 'rename from', step: (path) => ['rename', path, 'new'] },
  { name: 'rename file to', step: (path) => ['rename', 'file', path] },
  { name: 'rename directory to', step: (path) => ['rename', 'dir', path] },
  { name: 'rename without replacing', step: (path) => ['renameat2', 'file', path, 1] },
  { name: 'exchange', step: (path) => ['renameat2', path, 'file', 2] },
  { name: 'rmdir', step: (path) => ['rmdir', path] },
  { name: 'symlink', step: (path) => ['symlink', 'target', path] },
  { name: 'unlink', step: (path) => ['unlink', path] },
];

interface Kind {
  readonly name: string;
  readonly path: string;
  readonly setup?: readonly Step[];
  readonly who?: Who;
}

/** A path of so many bytes, most of them slashes, which are one. */
function longPath(bytes: number): string {
  return `.{${bytes - '.missing'.length}*/}missing`;
}

const LOOPS = ['one', 'two/name'];

const KINDS: readonly Kind[] = [
  { name: 'a name that is free', path: 'free' },
  { name: 'a directory that is missing', path: 'missing/name' },
  { name: 'a file in the place of a directory', path: 'file/name' },
  { name: 'a file with a slash', path: 'file/' },
  { name: 'a free name with a slash', path: 'free/' },
  { name: 'a directory with a slash', path: 'empty/' },
  { name: 'an empty path', path: '' },
  { name: 'a dot', path: 'dir/.' },
  { name: 'two dots', path: 'dir/..' },
  { name: 'a name of 255 bytes', path: '{255}' },
  { name: 'a name of 256 bytes', path: '{256}' },
  { name: 'a name of 1100 bytes', path: '{1100}' },
  { name: 'a directory of 256 bytes', path: '{256}/name' },
  { name: 'a path of 4095 bytes', path: longPath(4095) },
  { name: 'a path of 4096 bytes', path: longPath(4096) },
  { name: 'a link to itself', path: 'loop', setup: [[ROOT, 'symlink', 'loop', 'loop']] },
  { name: 'below a link to itself', path: 'loop/name', setup: [[ROOT, 'symlink', 'loop', 'loop']] },
  ...LOOPS.map((path) => ({
    name: `two links to each other: ${path}`,
    path,
    setup: [
      [ROOT, 'symlink', 'two', 'one'],
      [ROOT, 'symlink', 'one', 'two'],
    ] as const,
  })),
  {
    name: 'a FIFO in the place of a directory',
    path: 'fifo/name',
    setup: [[ROOT, 'mkfifo', 'fifo']],
  },
  {
    name: 'a socket in the place of a directory',
    path: 'sock/name',
    setup: [[ROOT, 'bind', 'sock']],
  },
  {
    name: 'a device in the place of a directory',
    path: 'null/name',
    setup: [[ROOT, 'mknod', 'null', 0o020666, 1, 3]],
  },
  { name: 'a link to nothing', path: 'link', setup: [[ROOT, 'symlink', 'free', 'link']] },
  { name: 'a link to a file', path: 'link', setup: [[ROOT, 'symlink', 'file', 'link']] },
  {
    name: 'a link to a file, with a slash',
    path: 'link/',
    setup: [[ROOT, 'symlink', 'file', 'link']],
  },
  { name: 'a link to a directory', path: 'link', setup: [[ROOT, 'symlink', 'empty', 'link']] },
  {
    name: 'a link to a directory, with a slash',
    path: 'link/',
    setup: [[ROOT, 'symlink', 'empty', 'link']],
  },
  {
    name: 'below a link to a directory',
    path: 'link/x',
    setup: [[ROOT, 'symlink', 'dir', 'link']],
  },
  { name: 'a file', path: 'other' },
  { name: 'the file itself', path: 'file' },
  { name: 'an empty directory', path: 'empty' },
  { name: 'a directory with something in it', path: 'full' },
  { name: 'a FIFO', path: 'fifo', setup: [[ROOT, 'mkfifo', 'fifo']] },
  { name: 'a socket', path: 'sock', setup: [[ROOT, 'bind', 'sock']] },
  { name: 'a device', path: 'null', setup: [[ROOT, 'mknod', 'null', 0o020666, 1, 3]] },
  {
    name: 'a directory that may not be searched',
    path: 'closed/name',
    setup: [
      [ROOT, 'makedir', 'closed', 0o700],
      [ROOT, 'create', 'closed/name'],
    ],
    who: ALICE,
  },
  {
    name: "a file in a directory of one's own that may not be searched",
    path: 'closed/name',
    setup: [
      [ROOT, 'makedir', 'closed', 0o777],
      [ROOT, 'create', 'closed/name', 0o666],
      [ROOT, 'chown', 'closed', 1001, 1001],
      [ROOT, 'chmod', 'closed', 0o644],
    ],
    who: ALICE,
  },
  {
    name: "a free name in a directory of one's own that may not be written",
    path: 'fixed/free',
    setup: [
      [ROOT, 'makedir', 'fixed', 0o555],
      [ROOT, 'chown', 'fixed', 1001, 1001],
    ],
    who: ALICE,
  },
  {
    name: 'a free name in a directory that the group may write, in a further group of whose',
    path: 'shared/free',
    setup: [
      [ROOT, 'makedir', 'shared', 0o575],
      [ROOT, 'chown', 'shared', 0, 1001],
    ],
    who: CAROL,
  },
  {
    name: 'a free name in a directory that may not be written',
    path: 'fixed/free',
    setup: [[ROOT, 'makedir', 'fixed', 0o755]],
    who: ALICE,
  },
  {
    name: 'a file in a directory that may not be written',
    path: 'fixed/name',
    setup: [
      [ROOT, 'makedir', 'fixed', 0o755],
      [ROOT, 'create', 'fixed/name', 0o644],
    ],
    who: ALICE,
  },
  {
    name: "a file of one's own in a directory that may not be written",
    path: 'fixed/name',
    setup: [
      [ROOT, 'makedir', 'fixed', 0o755],
      [ROOT, 'create', 'fixed/name', 0o644],
      [ROOT, 'chown', 'fixed/name', 1001, 1001],
    ],
    who: ALICE,
  },
  {
    name: 'a file that nobody may use',
    path: 'name',
    setup: [[ROOT, 'create', 'name', 0o000]],
    who: ALICE,
  },
  {
    name: 'an empty directory in one that may not be written',
    path: 'fixed/name',
    setup: [
      [ROOT, 'makedir', 'fixed', 0o755],
      [ROOT, 'makedir', 'fixed/name', 0o755],
    ],
    who: ALICE,
  },
  {
    name: "another's file in a sticky directory",
    path: 'sticky/name',
    setup: [
      [ROOT, 'makedir', 'sticky', 0o1777],
      [ROOT, 'create', 'sticky/name', 0o666],
    ],
    who: ALICE,
  },
  {
    name: "another's directory in a sticky directory",
    path: 'sticky/name',
    setup: [
      [ROOT, 'makedir', 'sticky', 0o1777],
      [ROOT, 'makedir', 'sticky/name', 0o777],
    ],
    who: ALICE,
  },
];

const WORLD: readonly Step[] = [
  [ROOT, 'create', 'file', 0o644, 'file'],
  [ROOT, 'create', 'other', 0o644, 'other'],
  [ROOT, 'makedir', 'dir'],
  [ROOT, 'makedir', 'empty'],
  [ROOT, 'makedir', 'full'],
  [ROOT, 'create', 'full/below'],
];

/** Opening a FIFO waits for the other end, on any filesystem. */
function wouldWait(call: Call, kind: Kind): boolean {
  return call.name.startsWith('open') && call.name !== 'open the path' && kind.path === 'fifo';
}

function caseOf(calls: readonly Call[], kind: Kind, title: string): PosixCase {
  const { name, path, setup = [], who = ROOT } = kind;
  const steps = calls
    .filter((call) => !wouldWait(call, kind))
    .map((call): Step => [who, ...call.step(path)]);
  return posixCase(`${title}: ${name}`, ...WORLD, ...setup, ...steps);
}

function casesOf(calls: readonly Call[]): PosixCase[] {
  return calls.flatMap((call) =>
    KINDS.filter((kind) => !wouldWait(call, kind)).map((kind) => caseOf([call], kind, call.name)),
  );
}

export const FILE_PATH_CASES: readonly PosixCase[] = [
  ...KINDS.map((kind) => caseOf(LOOKING_CALLS, kind, 'looking')),
  ...casesOf(FILE_CALLS),
];
export const NAME_PATH_CASES: readonly PosixCase[] = casesOf(NAME_CALLS);
