/**
 * The one place where a SQLite error becomes ours: no raw SQLite error ever reaches a caller.
 *
 * Result codes: https://sqlite.org/rescode.html. Extended codes share the prefix of their primary.
 */
import Database from 'better-sqlite3';
import { type Errno, errno } from '../core/errno.js';
import { VolumeError } from '../core/errors.js';

/** Whether `error` is SQLite's with the primary code `primary`, for example `SQLITE_BUSY`. */
export function isSqliteError(error: unknown, primary?: string): error is Error & { code: string } {
  if (!(error instanceof Database.SqliteError)) return false;
  return primary === undefined || error.code === primary || error.code.startsWith(`${primary}_`);
}

/**
 * Errors after which it is unknown whether a COMMIT took effect. A full disk is not among them: the
 * commit frame was not written.
 */
export function isOutcomeUnknown(error: unknown): boolean {
  return isSqliteError(error, 'SQLITE_IOERR') || isSqliteError(error, 'SQLITE_CORRUPT');
}

/** Whether trying the whole transaction again may succeed: another connection was in the way. */
export function isRetryable(error: unknown): boolean {
  return isSqliteError(error, 'SQLITE_BUSY') || isSqliteError(error, 'SQLITE_LOCKED');
}

/** Whether there is no room on the disk. */
export function isFull(error: unknown): boolean {
  return isSqliteError(error, 'SQLITE_FULL') || isSqliteError(error, 'SQLITE_IOERR_SHMSIZE');
}

/** The filesystem's answer to an error of the storage below it, where POSIX has one. */
export function toErrno(error: unknown): Errno | undefined {
  if (isSqliteError(error, 'SQLITE_FULL')) return errno('ENOSPC');
  if (isSqliteError(error, 'SQLITE_READONLY')) return errno('EROFS');
  if (isSqliteError(error, 'SQLITE_IOERR')) return errno('EIO');
  if (isSqliteError(error, 'SQLITE_CORRUPT')) return errno('EIO');
  if (isSqliteError(error, 'SQLITE_TOOBIG')) return errno('EFBIG');
  return undefined;
}

interface Translation {
  readonly primary: string;
  make(path: string, error: Error): VolumeError;
}

function cannotOpen(path: string, cause: Error): VolumeError {
  return new VolumeError('ERR_VOLUME_UNREADABLE', `The database '${path}' cannot be opened.`, {
    cause,
    path,
    hint: 'Check that the file and its directory exist and that this user may read and write both; SQLite keeps a -wal and a -shm file beside the volume.',
  });
}

const TRANSLATIONS: readonly Translation[] = [
  {
    primary: 'SQLITE_NOTADB',
    make: (path, cause) =>
      new VolumeError('ERR_NOT_A_VOLUME', `'${path}' is not a SQLite database.`, {
        cause,
        path,
        hint: 'Check the path; the file was not touched.',
      }),
  },
  {
    primary: 'SQLITE_CORRUPT',
    make: (path, cause) =>
      new VolumeError(
        'ERR_VOLUME_CORRUPT',
        `The database '${path}' is damaged (${cause.message}).`,
        {
          cause,
          path,
          hint: 'Run `cabinet check` on a copy, and restore a backup.',
        },
      ),
  },
  {
    primary: 'SQLITE_CANTOPEN',
    make: cannotOpen,
  },
  // A read-only connection that may not make those two files.
  { primary: 'SQLITE_READONLY_CANTINIT', make: cannotOpen },
  { primary: 'SQLITE_READONLY_DIRECTORY', make: cannotOpen },
  {
    primary: 'SQLITE_READONLY',
    make: (path, cause) =>
      new VolumeError('ERR_VOLUME_READ_ONLY', `The database '${path}' cannot be written.`, {
        cause,
        path,
        hint: 'Check the permissions of the file and of its directory, or open with `readOnly: true`.',
      }),
  },
  {
    primary: 'SQLITE_FULL',
    make: (path, cause) =>
      new VolumeError('ERR_IO', `There is no space left on the disk of '${path}'.`, {
        cause,
        path,
        hint: 'Free some space and try again; nothing was changed.',
      }),
  },
  {
    primary: 'SQLITE_IOERR_SHMSIZE',
    make: (path, cause) =>
      new VolumeError('ERR_IO', `There is no room for the -shm file beside '${path}'.`, {
        cause,
        path,
        hint: 'Free some space on its disk and try again; nothing was changed.',
      }),
  },
  {
    primary: 'SQLITE_BUSY',
    make: (path, cause) =>
      new VolumeError('ERR_VOLUME_BUSY', `Another connection keeps '${path}' locked.`, {
        cause,
        path,
        hint: 'Try again, or raise `busyTimeoutMs`; look for a program that holds a write transaction open.',
      }),
  },
  {
    primary: 'SQLITE_PERM',
    make: (path, cause) =>
      new VolumeError('ERR_VOLUME_UNREADABLE', `Access to '${path}' was refused.`, { cause, path }),
  },
];

/** A SQLite error as a `VolumeError` about the file at `path`; any other error as it is. */
export function translateSqliteError(error: unknown, path: string): unknown {
  if (!isSqliteError(error)) return error;
  // Of the code that stands for any mistake, but the header of the file says so.
  const primaryCode = error.message === 'unsupported file format' ? 'SQLITE_CORRUPT' : undefined;
  const found = TRANSLATIONS.find(
    ({ primary }) => primary === primaryCode || isSqliteError(error, primary),
  );
  if (found !== undefined) return found.make(path, error);
  return new VolumeError(
    'ERR_IO',
    `The storage of '${path}' failed (${error.code}: ${error.message}).`,
    {
      cause: error,
      path,
    },
  );
}

/** Runs `work`, turning SQLite errors into errors about the file at `path`. */
export function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw translateSqliteError(error, path);
  }
}
