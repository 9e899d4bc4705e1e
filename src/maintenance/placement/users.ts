/** Whether somebody has a file open that SQLite cannot read, so that no lock of it tells. */
import { readFileSync, statSync } from 'node:fs';
import { identityOfFile, openersOf } from '../swap/openers.js';

/**
 * Whether any process, this one too, has the file open, by their descriptors, or a lock on it, by the
 * system's own list, which also holds those of other users. False where the system tells neither.
 */
export function isOpenSomewhere(path: string): boolean {
  return openersOf(path, identityOfFile(path)).length > 0 || isLocked(path);
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
