/** Giving a file another name, so that it stays when the first one is given to another file. */
import { linkSync, renameSync } from 'node:fs';
import { syncDirectoryOf } from '../../sqlite/wal.js';

/** Gives the file at `path` the name `other` as well, which must be free (EEXIST). */
export function nameAlso(path: string, other: string): void {
  try {
    linkSync(path, other);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error;
    // Without hard links there is an instant without the first name; the file is whole under the other.
    renameSync(path, other);
  }
  syncDirectoryOf(path);
}
