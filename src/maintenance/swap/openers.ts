/**
 * Who has a file open, by the descriptors of all processes, where the system tells (Linux, and of other
 * users' processes only to root).
 *
 * SQLite's locks tell who has read from a database; this also tells who has opened it and waits for the
 * first lock. It names them, which a lock does not.
 */
import { readdirSync, statSync } from 'node:fs';
import type { Search, SearchLimits } from '../processes/search.js';
import { searchProcessesNow } from '../processes/search-now.js';

export interface FileIdentity {
  readonly dev: number;
  readonly ino: number;
}

export function identityOfFile(path: string): FileIdentity {
  const { dev, ino } = statSync(path);
  return { dev, ino };
}

/** Whether this system tells who has a file open. */
export function canSeeOpeners(): boolean {
  try {
    return readdirSync('/proc/self/fd').length > 0;
  } catch {
    return false;
  }
}

const NOBODY_SEEN: Search = { found: [], silent: [], isComplete: true };

/**
 * Processes that have the file open which is, or was, at `path`, this one included. Those that may not
 * be looked at are not among them, and those that do not answer are named apart. Blocks this thread, for
 * as long as a program takes to start.
 */
export function openersOf(path: string, file: FileIdentity, limits: SearchLimits = {}): Search {
  if (!canSeeOpeners()) return NOBODY_SEEN;
  return searchProcessesNow({ kind: 'file', path, ...file }, limits);
}
