/**
 * A database file that nobody else has open, in this process or another.
 *
 * In WAL mode every connection that has read keeps a shared lock on the file until it closes. So an
 * exclusive lock tells that there is none, and keeps others out as long as it is held.
 */
import { rmSync } from 'node:fs';
import Database from 'better-sqlite3';
import { translateSqliteError } from './driver-errors.js';

export interface ExclusiveFile {
  /** Lets others in again. */
  release(): void;
}

/**
 * Takes the file at `path` for this caller alone and moves its log into it, so that the file by itself is
 * the whole database: no -wal, -shm or -journal that means anything is beside it. Throws ERR_VOLUME_BUSY
 * when somebody has it open, ERR_NOT_A_VOLUME or ERR_VOLUME_CORRUPT when SQLite cannot read it.
 */
export function takeExclusively(path: string, busyTimeoutMs: number): ExclusiveFile {
  let database: Database.Database | undefined;
  try {
    database = new Database(path, { fileMustExist: true, timeout: busyTimeoutMs });
    database.pragma('synchronous = FULL');
    database.pragma('locking_mode = EXCLUSIVE');
    database.exec('BEGIN EXCLUSIVE; COMMIT');
    database.pragma('journal_mode = DELETE');
    // The lock is not let go in between: that would happen at the end of a transaction.
    database.pragma('locking_mode = NORMAL');
    database.exec('BEGIN EXCLUSIVE');
    // Of the log that is gone; SQLite leaves it when it had the file to itself.
    rmSync(`${path}-shm`, { force: true });
    const held = database;
    return { release: () => held.close() };
  } catch (error) {
    database?.close();
    throw translateSqliteError(error, path);
  }
}
