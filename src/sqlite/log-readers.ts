/**
 * Which processes read from the log of a volume at this moment, where the system tells (Linux).
 *
 * A reader holds a shared lock on one of five bytes of the -shm file for as long as its view lasts: what
 * is after its mark cannot be moved into the database, and the log cannot be written from its start.
 * Locks of other containers are listed without a process and left out here.
 */
import { readFileSync, statSync } from 'node:fs';

/** WAL_READ_LOCK(0) to WAL_READ_LOCK(4) of SQLite's wal.c. */
const READ_MARKS_FIRST = 123;
const READ_MARKS_LAST = 127;

// '3: POSIX  ADVISORY  READ  1234 fd:01:56789 124 124'
const LOCK = /^\d+: POSIX\s+\S+\s+(?:READ|WRITE)\s+(\d+)\s+\S+:(\d+)\s+(\d+)\s+(\d+)$/;

/** Numbers of the processes that hold a view of the volume, this one included. */
export function logReaders(volume: string): number[] {
  try {
    const shm = statSync(`${volume}-shm`, { throwIfNoEntry: false });
    if (shm === undefined) return [];
    return readersIn(readFileSync('/proc/locks', 'latin1'), shm.ino);
  } catch {
    // Another system, or one that hides its locks: then nobody is known.
    return [];
  }
}

/** The same from the text of /proc/locks. */
export function readersIn(locks: string, inode: number): number[] {
  const pids = new Set<number>();
  for (const line of locks.split('\n')) {
    const [, pid, ino, first, last] = LOCK.exec(line) ?? [];
    if (Number(ino) !== inode || Number(pid) <= 0) continue;
    if (Number(first) >= READ_MARKS_FIRST && Number(last) <= READ_MARKS_LAST) pids.add(Number(pid));
  }
  return [...pids];
}
