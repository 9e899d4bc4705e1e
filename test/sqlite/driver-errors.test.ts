/** SQLite's errors become ours in one place; none gets past it. */
import test from 'ava';
import { VolumeError } from '#src/core/errors.js';
import {
  guarded,
  isOutcomeUnknown,
  isRetryable,
  toErrno,
  translateSqliteError,
} from '#src/sqlite/driver-errors.js';
import { sqliteError } from '../support/statement-faults.js';

const PATH = '/somewhere/test.cabinet';

const TRANSLATED: Readonly<Record<string, string>> = {
  SQLITE_NOTADB: 'ERR_NOT_A_VOLUME',
  SQLITE_CORRUPT: 'ERR_VOLUME_CORRUPT',
  SQLITE_CORRUPT_INDEX: 'ERR_VOLUME_CORRUPT',
  SQLITE_CANTOPEN: 'ERR_VOLUME_UNREADABLE',
  SQLITE_CANTOPEN_ISDIR: 'ERR_VOLUME_UNREADABLE',
  SQLITE_READONLY: 'ERR_VOLUME_READ_ONLY',
  SQLITE_READONLY_DBMOVED: 'ERR_VOLUME_READ_ONLY',
  SQLITE_READONLY_CANTINIT: 'ERR_VOLUME_UNREADABLE',
  SQLITE_READONLY_DIRECTORY: 'ERR_VOLUME_UNREADABLE',
  SQLITE_PERM: 'ERR_VOLUME_UNREADABLE',
  SQLITE_FULL: 'ERR_IO',
  SQLITE_BUSY: 'ERR_VOLUME_BUSY',
  SQLITE_BUSY_RECOVERY: 'ERR_VOLUME_BUSY',
  SQLITE_IOERR_READ: 'ERR_IO',
  SQLITE_NOMEM: 'ERR_IO',
  SQLITE_SOMETHING_NEW: 'ERR_IO',
};

for (const [code, ours] of Object.entries(TRANSLATED)) {
  test(`${code} becomes ${ours}, naming the file`, (t) => {
    const cause = sqliteError(code);
    const error = translateSqliteError(cause, PATH);
    t.true(error instanceof VolumeError);
    t.like(error, { code: ours, path: PATH });
    t.is((error as Error).cause, cause);
    t.true((error as Error).message.includes(PATH));
    t.throws(
      () =>
        guarded(PATH, () => {
          throw cause;
        }),
      { instanceOf: VolumeError },
    );
  });
}

test('other errors stay as they are', (t) => {
  const error = new TypeError('a bug');
  t.is(translateSqliteError(error, PATH), error);
});

test('errors of the storage have an errno where POSIX has one', (t) => {
  const codes = {
    SQLITE_FULL: 'ENOSPC',
    SQLITE_IOERR_WRITE: 'EIO',
    SQLITE_CORRUPT_VTAB: 'EIO',
    SQLITE_READONLY: 'EROFS',
    SQLITE_TOOBIG: 'EFBIG',
    SQLITE_BUSY: undefined,
  };
  for (const [code, name] of Object.entries(codes)) {
    t.is(toErrno(sqliteError(code))?.code as string | undefined, name, code);
  }
  t.is(toErrno(new Error('SQLITE_FULL')), undefined);
});

test('a commit is in doubt after an I/O error, not after a full disk or a lock', (t) => {
  for (const code of ['SQLITE_IOERR', 'SQLITE_IOERR_FSYNC', 'SQLITE_CORRUPT']) {
    t.true(isOutcomeUnknown(sqliteError(code)), code);
  }
  for (const code of ['SQLITE_FULL', 'SQLITE_BUSY', 'SQLITE_CONSTRAINT']) {
    t.false(isOutcomeUnknown(sqliteError(code)), code);
  }
});

test('only locks are worth another try', (t) => {
  for (const code of ['SQLITE_BUSY', 'SQLITE_BUSY_SNAPSHOT', 'SQLITE_LOCKED']) {
    t.true(isRetryable(sqliteError(code)), code);
  }
  t.false(isRetryable(sqliteError('SQLITE_BUSYBODY')));
  t.false(isRetryable(sqliteError('SQLITE_FULL')));
});
