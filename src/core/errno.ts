/**
 * Errno: the answer "no" of a filesystem operation, as a POSIX error code without a call site.
 *
 * Operations know which rule was broken but not which system call or path a person typed; the face
 * that took the call adds those and makes an `FsError`. An errno is control flow, so there is one
 * frozen instance per code: throwing costs no stack capture.
 */
import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';

/** The codes operations answer with. Numbers and texts come from libuv through `node:util`. */
export const ERRNO_CODES = [
  'EACCES',
  'EAGAIN',
  'EBADF',
  'EBUSY',
  'EDEADLK',
  'EEXIST',
  'EFBIG',
  'EILSEQ',
  'EINVAL',
  'EIO',
  'EISDIR',
  'ELOOP',
  'EMFILE',
  'EMLINK',
  'ENAMETOOLONG',
  'ENODATA',
  'ENODEV',
  'ENOENT',
  'ENOLCK',
  'ENOSPC',
  'ENOTDIR',
  'ENOTEMPTY',
  'ENOTSUP',
  'ENXIO',
  'EPERM',
  'ERANGE',
  'EROFS',
  'ESTALE',
  'ETXTBSY',
  'EXDEV',
  'E2BIG',
] as const;

export type ErrnoCode = (typeof ERRNO_CODES)[number];

interface ErrnoEntry {
  readonly errno: number;
  readonly text: string;
}

/** Codes that libuv has no text for: of locks, and of files that a mount's kernel still remembers. */
const MORE_TEXTS = {
  EDEADLK: 'resource deadlock avoided',
  ENOLCK: 'no locks available',
  ESTALE: 'stale file handle',
} as const;

function buildTable(): ReadonlyMap<string, ErrnoEntry> {
  const table = new Map<string, ErrnoEntry>();
  for (const [code, text] of Object.entries(MORE_TEXTS)) {
    table.set(code, { errno: -constants.errno[code as keyof typeof MORE_TEXTS], text });
  }
  for (const [errno, [code, text]] of getSystemErrorMap()) table.set(code, { errno, text });
  return table;
}

const TABLE = buildTable();

/** Negative number and text of a code, as Node reports them. */
export function errnoEntry(code: ErrnoCode): ErrnoEntry {
  const entry = TABLE.get(code);
  if (entry === undefined) throw new TypeError(`unknown errno code ${code}`);
  return entry;
}

/** Where an answer comes from, when that is not what the caller asked for. */
export interface ErrnoPlace {
  /** The system call that Node makes on the way, as `rm` does with `rmdir`. */
  readonly syscall?: string;
  /** The path that Node was at, as `mkdir` with `recursive` may be at a directory above. */
  readonly path?: string | undefined;
}

export class Errno extends Error {
  override readonly name = 'Errno';
  readonly code: ErrnoCode;
  readonly place: ErrnoPlace | undefined;
  /** What is damaged, where that is known; a sentence without its full stop. */
  readonly damage: string | undefined;

  constructor(code: ErrnoCode, place?: ErrnoPlace, damage?: string) {
    super(code);
    this.code = code;
    this.place = place;
    this.damage = damage;
  }
}

function withoutStack<T>(make: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

const INSTANCES: ReadonlyMap<string, Errno> = withoutStack(
  () => new Map(ERRNO_CODES.map((code) => [code, Object.freeze(new Errno(code))])),
);

/** The answer `code` with a place of its own. */
export function errnoAt(code: ErrnoCode, place: ErrnoPlace): Errno {
  return withoutStack(() => new Errno(code, place));
}

/** EIO because of what the volume holds: `damage` says what is damaged. */
export function damaged(damage: string): Errno {
  return withoutStack(() => new Errno('EIO', undefined, damage));
}

/** The one instance for `code`; throw it. */
export function errno(code: ErrnoCode): Errno {
  return INSTANCES.get(code) as Errno;
}
