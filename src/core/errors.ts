/**
 * The three kinds of error, never mixed.
 *
 * - `FsError`: the answer to a filesystem request, with Node's fields.
 * - `VolumeError`: the environment (file, queue, lifecycle), with a code, a cause and a remedy.
 * - `BugError`: an assertion of ours failed; the writer stops rather than continue.
 *
 * Users match `code`, never message text. docs/errors.md lists every code; a test keeps it complete.
 */
import { type ErrnoCode, errnoEntry } from './errno.js';

export interface FsErrorPlace {
  readonly syscall: string;
  readonly path?: string | undefined;
  readonly dest?: string | undefined;
}

/** Same fields and message as the error `node:fs` gives for the same request. */
export class FsError extends Error {
  // On the prototype, and the fields in Node's order, so that both look alike where errors are dumped.
  declare readonly name: 'FsError';
  /** Negative, as Node reports it and as a FUSE reply carries it. */
  readonly errno: number;
  readonly code: ErrnoCode;
  readonly syscall: string;
  // `declare`: absent, not undefined, when there is none.
  declare readonly path?: string;
  declare readonly dest?: string;

  /** `cause`: what is known beside the answer; absent, as in Node, where that is nothing. */
  constructor(code: ErrnoCode, place: FsErrorPlace, cause?: VolumeError) {
    const entry = errnoEntry(code);
    super(fsErrorMessage(code, entry.text, place), cause === undefined ? {} : { cause });
    this.code = code;
    this.errno = entry.errno;
    this.syscall = place.syscall;
    if (place.path !== undefined) this.path = place.path;
    if (place.dest !== undefined) this.dest = place.dest;
  }
}

Object.defineProperty(FsError.prototype, 'name', {
  value: 'FsError',
  writable: true,
  configurable: true,
});

function fsErrorMessage(code: string, text: string, place: FsErrorPlace): string {
  let message = `${code}: ${text}, ${place.syscall}`;
  if (place.path !== undefined) message += ` '${place.path}'`;
  if (place.dest !== undefined) message += ` -> '${place.dest}'`;
  return message;
}

/** Every `VolumeError` code with what it means; docs/errors.md is checked against it. */
export const VOLUME_ERROR_CODES = {
  ERR_NOT_A_VOLUME: 'The file is not a cabinetfs volume.',
  ERR_VOLUME_NOT_FOUND: 'There is no volume at the path and creating one was not asked for.',
  ERR_VOLUME_EXISTS: 'A file is already there and the call would have to replace it.',
  ERR_VOLUME_CORRUPT: 'The database is damaged; nothing was changed.',
  ERR_VOLUME_UNREADABLE: 'The operating system refused access to the file or its directory.',
  ERR_VOLUME_READ_ONLY: 'The volume, or the connection to it, cannot be written.',
  ERR_VOLUME_CLOSED: 'The volume is closed or closing.',
  ERR_HANDLE_INVALID: 'A handle for another thread is none, was used before, or leads nowhere.',
  ERR_HANDLES_EXHAUSTED: 'Too many handles of one volume are out or attached.',
  ERR_VOLUME_BUSY: 'Another connection kept the volume locked for longer than allowed.',
  ERR_SCHEMA_ALTERED: 'The schema of the volume is not the one that its migrations make.',
  ERR_SCHEMA_TOO_NEW: 'The volume was written by a newer version of cabinetfs.',
  ERR_SCHEMA_OUTDATED: 'The volume needs a migration and this open may not run it.',
  ERR_MIGRATION_EDITED: 'A migration that was applied has since been changed.',
  ERR_MIGRATION_FAILED: 'A migration could not be applied; the volume is as it was before.',
  ERR_MIGRATION_SET: 'The migration files of this installation are incomplete or misnamed.',
  ERR_SQLITE_VERSION: 'The SQLite library has a known corruption bug.',
  ERR_OPTION_UNKNOWN: 'An option name is not known.',
  ERR_OPTION_INVALID: 'An option value has the wrong type or is out of range.',
  ERR_QUEUE_FULL: 'The write queue is at its bound and the policy is to reject.',
  ERR_QUEUE_TIMEOUT: 'A write waited in the queue past its deadline; it was not applied.',
  ERR_WRITER_FAILED: 'The writer stopped because the outcome of a commit is unknown.',
  ERR_READERS_EXHAUSTED: 'No read connection became free in time.',
  ERR_SNAPSHOT_EXPIRED: 'A snapshot was held past its age limit and has been ended.',
  ERR_VERSION_MISMATCH: 'A precondition on the version of a file was not met.',
  ERR_TRANSACTION_INVALID: 'A transaction was used after it ended, or recorded an impossible call.',
  ERR_LOCK_LOST: 'A lock was gone before it was released.',
  ERR_ARCHIVE_BUSY: 'Another process writes to the continuous archive.',
  ERR_ARCHIVE_CONFLICT: 'The directory is no continuous archive, or that of another volume.',
  ERR_ARCHIVE_DAMAGED: 'A file of a continuous archive is damaged or missing.',
  ERR_RESTORE_POINT_MISSING: 'A continuous archive has no state as old as the one asked for.',
  ERR_ARCHIVE_INVALID: 'A tar archive is cut off, damaged or of an unknown kind.',
  ERR_COMPACTION_REFUSED: 'The volume cannot be compacted in the way that was asked for.',
  ERR_QUERY_INVALID: 'A query is no reading SQL statement, or its parameters do not fit.',
  ERR_QUERY_TIMEOUT: 'A query took longer than its time limit and was ended.',
  ERR_QUERY_TOO_BIG: 'A query needed more memory, or gave a larger row, than it may.',
  ERR_QUERY_FAILED: 'The process that runs queries could not be started, or ended by itself.',
  ERR_SERVE_EXPOSED: 'Other machines could reach a server that has no token.',
  ERR_LISTEN_FAILED: 'The address or port of a server cannot be listened on.',
  ERR_MOUNT_POINT: 'The directory cannot be mounted on.',
  ERR_MOUNT_FAILED: 'The system refused to mount, or to unmount.',
  ERR_MOUNT_BUSY: 'A mount is in use and was not to be ended by force.',
  ERR_MOUNT_LOST:
    'A mount had to be ended because the threads or the process that served it ended.',
  ERR_NOT_MOUNTED: 'There is no mount of a volume at the directory.',
  ERR_BACKUP_TARGET: 'A backup or a restored volume cannot be put at this place.',
  ERR_BACKUP_DAMAGED: 'A backup is not what it should be; nothing was replaced.',
  ERR_NO_SPACE: 'There is not enough room on the disk for what was asked for.',
  ERR_IO: 'The storage under the volume failed.',
  ERR_BUG: 'An internal rule was broken; please report it.',
} as const;

export type VolumeErrorCode = keyof typeof VOLUME_ERROR_CODES;

export interface VolumeErrorDetails {
  readonly cause?: unknown;
  /** What the reader can do about it, as a sentence. */
  readonly hint?: string;
  /** The file or the volume path concerned. */
  readonly path?: string | undefined;
  /** For `ERR_VERSION_MISMATCH`: the version asked for and the one found (0: no such file). */
  readonly expected?: number;
  readonly actual?: number;
}

/** A problem with the environment of a volume: names the thing, the cause and the remedy. */
export class VolumeError extends Error {
  override readonly name = 'VolumeError';
  readonly code: VolumeErrorCode;
  declare readonly hint?: string;
  declare readonly path?: string;
  declare readonly expected?: number;
  declare readonly actual?: number;

  constructor(code: VolumeErrorCode, message: string, details: VolumeErrorDetails = {}) {
    super(details.hint === undefined ? message : `${message} ${details.hint}`, {
      ...(details.cause === undefined ? {} : { cause: details.cause }),
    });
    this.code = code;
    if (details.hint !== undefined) this.hint = details.hint;
    if (details.path !== undefined) this.path = details.path;
    if (details.expected !== undefined) this.expected = details.expected;
    if (details.actual !== undefined) this.actual = details.actual;
  }
}

/** An internal rule was broken. Never the user's fault; the writer fails rather than go on. */
export class BugError extends Error {
  override readonly name = 'BugError';
  readonly code = 'ERR_BUG';
}

/** Asserts a rule of our own code. */
export function invariant(condition: unknown, rule: string): asserts condition {
  if (!condition) throw new BugError(`broken rule: ${rule}`);
}
