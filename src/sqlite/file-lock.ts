/**
 * A lock between processes that goes with the process that holds it, however it ends: SQLite's own lock
 * on an empty database. Nothing is ever written to the file.
 */
import Database from 'better-sqlite3';
import { guarded, isRetryable } from './driver-errors.js';
import { makePrivateFile } from './private-file.js';

export interface FileLock {
  release(): void;
}

/** Locks the file at `path`, which is made; undefined when somebody else has it. */
export function tryLockFile(path: string): FileLock | undefined {
  makePrivateFile(path);
  return guarded(path, () => {
    const database = new Database(path, { timeout: 0 });
    try {
      database.exec('BEGIN EXCLUSIVE');
      return { release: () => void database.close() };
    } catch (error) {
      database.close();
      if (isRetryable(error)) return undefined;
      throw error;
    }
  });
}
