/** Whether somebody has a file open that SQLite cannot read, so that no lock of it tells. */
import { readFileSync, statSync } from 'node:fs';
import { usersUnknown } from '../swap/exclusive.js';
import { identityOfFile, openersOf } from '../swap/openers.js';

/**
 * Whether any process, this one too, has the file open, by their descriptors, or a lock on it, by the
 * system's own list, which also holds those of other users. False where the system tells neither. Throws
 * ERR_VOLUME_BUSY when not all could be looked into in time; one that is stuck in the kernel where it is
 * started or ended will not use the file.
 */
export function isOpenSomewhere(path: string): boolean {
  const { found, silent, isComplete } = openersOf(path, identityOfFile(path));
  if (found.length > 0 || isLocked(path)) return true;
  if (!isComplete) throw usersUnknown(path, silent);
  return false;
}

function isLocked(path: string): boolean {
  const { ino } = statSync(path);
  try {
    const locks = readFileSync('/proc/locks', 'utf8').split('\n');
    return locks.some((line) => line.split(/\s+/).some((word) => word.endsWith(`:${ino}`)));
  } catch {
    return false;
  }
}
