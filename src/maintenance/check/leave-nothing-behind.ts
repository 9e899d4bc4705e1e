/**
 * A read-only connection to a cleanly closed volume makes an empty log and its index and cannot take
 * them away. SQLite does, under its locks, when a connection that may write is the last to close.
 */
import { existsSync } from 'node:fs';
import { openConnection } from '../../sqlite/connection.js';
import { walBytes, walPath } from '../../sqlite/wal.js';

const CACHE_BYTES = 1024 * 1024;

export function leaveNothingBehind(path: string, busyTimeoutMs: number): void {
  try {
    if (!existsSync(walPath(path)) || walBytes(path) > 0) return;
    const connection = openConnection(path, {
      role: 'writer',
      cacheBytes: CACHE_BYTES,
      busyTimeoutMs,
    });
    connection.pragma('schema_version');
    connection.close();
  } catch {
    // The file may not be writable here: then the two empty files stay.
  }
}
