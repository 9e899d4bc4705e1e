/**
 * The rollback journal: beside a volume only while it is filled for the first time.
 *
 * A process that is killed in the middle of a commit leaves it with what the commit has overwritten. The
 * next connection that may write puts that back by itself; one that may only read is refused.
 */
import { statSync } from 'node:fs';
import Database from 'better-sqlite3';

export function journalPath(volume: string): string {
  return `${volume}-journal`;
}

/** Undoes a commit that was interrupted, so that the volume can be opened for reading. */
export function undoInterruptedCommit(path: string, busyTimeoutMs: number): void {
  const journal = statSync(journalPath(path), { throwIfNoEntry: false });
  if (journal === undefined || journal.size === 0) return;
  const database = new Database(path, { fileMustExist: true, timeout: busyTimeoutMs });
  try {
    // The first read looks at the journal.
    database.pragma('schema_version');
  } finally {
    database.close();
  }
}
