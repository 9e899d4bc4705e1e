/**
 * The kinds of operations that are counted, and the classes of their results: both lists are closed, so
 * that what is counted is bounded whatever callers do.
 *
 * An operation is one read of one view, or one change asked of the writer. A function that takes several
 * (`cp`, a `readFile` of more than 1 MiB) counts as several.
 */

/** Kinds by the names that users know. `other` is what has no name here. */
export const OPERATION_KINDS = [
  'access',
  'chmod',
  'chown',
  'copyFile',
  'cp',
  'fstat',
  'fsync',
  'import',
  'link',
  'lock',
  'lstat',
  'mkdir',
  'mknod',
  'open',
  'opendir',
  'read',
  'readFile',
  'readdir',
  'readlink',
  'realpath',
  'rename',
  'rm',
  'rmdir',
  'stat',
  'statfs',
  'symlink',
  'transaction',
  'truncate',
  'unlink',
  'unlock',
  'utimes',
  'version',
  'write',
  'writeFile',
  'xattr',
  'other',
] as const;

export type OperationKind = (typeof OPERATION_KINDS)[number];

/** What system calls and commands of the writer are called here, where that is not their own name. */
const OTHER_NAMES: Readonly<Record<string, OperationKind>> = {
  scandir: 'readdir',
  getxattr: 'xattr',
  listxattr: 'xattr',
  setXattr: 'xattr',
  removeXattr: 'xattr',
  fdatasync: 'fsync',
  makeDirectories: 'mkdir',
  removeDirectoryTree: 'rmdir',
  removeTree: 'rm',
  removeTreeInTurn: 'rm',
  createNameless: 'open',
  placeEntries: 'import',
  cancelLock: 'lock',
  testLock: 'lock',
};

const KIND_NUMBERS: ReadonlyMap<string, number> = new Map([
  ...OPERATION_KINDS.map((kind, number): [string, number] => [kind, number]),
  ...Object.entries(OTHER_NAMES).map(([name, kind]): [string, number] => [
    name,
    OPERATION_KINDS.indexOf(kind),
  ]),
]);

const OTHER_KIND = OPERATION_KINDS.indexOf('other');

/** Number of the kind of a system call, a command or a function. */
export function kindNumber(name: string): number {
  return KIND_NUMBERS.get(name) ?? OTHER_KIND;
}

/** Classes of results, and the codes of errors in each. */
const RESULT_CODES = {
  ok: [],
  not_found: ['ENOENT', 'ENOTDIR', 'ENODATA'],
  exists: ['EEXIST', 'ENOTEMPTY', 'EISDIR'],
  denied: ['EPERM', 'EACCES', 'EROFS', 'ETXTBSY', 'ERR_VOLUME_READ_ONLY'],
  invalid: [
    'EBADF',
    'EILSEQ',
    'EINVAL',
    'ELOOP',
    'ENAMETOOLONG',
    'ENODEV',
    'ENOTSUP',
    'ENXIO',
    'ERANGE',
    'EXDEV',
    'ERR_TRANSACTION_INVALID',
  ],
  conflict: ['ERR_VERSION_MISMATCH'],
  busy: [
    'EAGAIN',
    'EBUSY',
    'EDEADLK',
    'ENOLCK',
    'ERR_QUEUE_FULL',
    'ERR_QUEUE_TIMEOUT',
    'ERR_READERS_EXHAUSTED',
    'ERR_SNAPSHOT_EXPIRED',
    'ERR_VOLUME_BUSY',
  ],
  no_space: ['ENOSPC', 'EFBIG', 'EMFILE', 'EMLINK', 'E2BIG'],
  io: ['EIO', 'ERR_IO', 'ERR_VOLUME_CORRUPT', 'ERR_WRITER_FAILED'],
  closed: ['ERR_VOLUME_CLOSED'],
  aborted: ['ABORT_ERR'],
  other: [],
} as const;

export type OperationResult = keyof typeof RESULT_CODES;

export const OPERATION_RESULTS: readonly OperationResult[] = Object.keys(
  RESULT_CODES,
) as OperationResult[];

export const RESULT_OK: number = OPERATION_RESULTS.indexOf('ok');
const RESULT_OTHER = OPERATION_RESULTS.indexOf('other');

const RESULT_NUMBERS: ReadonlyMap<string, number> = new Map(
  OPERATION_RESULTS.flatMap((result, number) =>
    RESULT_CODES[result].map((code): [string, number] => [code, number]),
  ),
);

/** Number of the class of an error. */
export function resultNumber(error: unknown): number {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return (typeof code === 'string' ? RESULT_NUMBERS.get(code) : undefined) ?? RESULT_OTHER;
}
