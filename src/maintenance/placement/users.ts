/** Who has a volume open, as far as one can tell without opening it for writing. */
import { readFileSync, statSync } from 'node:fs';
import { openConnection } from '../../sqlite/connection.js';
import { SessionTable } from '../../store/session-table.js';
import { hasEnded } from '../../writer/process-identity.js';

const CACHE_BYTES = 256 * 1024;

/** ` by process 12 and process 34`, for the middle of a sentence; empty when nobody is known. */
export function describeUsers(path: string): string {
  const pids = writersOf(path);
  return pids.length === 0 ? '' : ` by ${pids.map((pid) => `process ${pid}`).join(' and ')}`;
}

/** Processes that live and have the volume open for writing. Readers leave no trace. */
function writersOf(path: string): number[] {
  try {
    const connection = openConnection(path, {
      role: 'reader',
      cacheBytes: CACHE_BYTES,
      busyTimeoutMs: 0,
    });
    try {
      return new SessionTable(connection)
        .list()
        .filter(({ pid, process }) => !hasEnded(pid, process))
        .map(({ pid }) => pid);
    } finally {
      connection.close();
    }
  } catch {
    // It only makes a message better.
    return [];
  }
}

/**
 * Whether any process, this one too, has a lock on the file, by the system's own list. Every connection
 * of SQLite that has read in WAL mode has one. False where the system has no such list.
 */
export function isLocked(path: string): boolean {
  const { ino } = statSync(path);
  try {
    const locks = readFileSync('/proc/locks', 'utf8').split('\n');
    return locks.some((line) => line.split(/\s+/).some((word) => word.endsWith(`:${ino}`)));
  } catch {
    return false;
  }
}
