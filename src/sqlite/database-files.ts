/** A database as files: its own, and what SQLite keeps beside it. */
import { rmSync } from 'node:fs';

/** Endings of the files that SQLite keeps beside a database. */
export const SIDECARS = ['-wal', '-shm', '-journal'] as const;

/** All files of a database; those beside it first, because a log without its file is nobody's. */
export function databaseFiles(path: string): readonly string[] {
  return [...SIDECARS.map((ending) => path + ending), path];
}

/** Removes a database that nobody has open, as far as it is there. */
export function removeDatabase(path: string): void {
  for (const file of databaseFiles(path)) rmSync(file, { force: true });
}

/**
 * The same for what is left of work that has ended. How that went is what counts: what a disk does not let
 * go of is named after its maker, and removed by the next work.
 */
export function removeIfPossible(path: string): void {
  try {
    removeDatabase(path);
  } catch {
    // See above.
  }
}
