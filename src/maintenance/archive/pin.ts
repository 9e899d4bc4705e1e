/**
 * A pin: a view that is kept open so that SQLite keeps what comes after it.
 *
 * What SQLite's locks say (wal.c, and sqlite.org/walformat.html section 2):
 *
 * L1  A view that was begun while the log held frames that were not in the database file holds a read
 *     mark above 0. While anybody holds such a mark the log is not begun anew: that takes all of them.
 * L2  A view that was begun while the whole log was in the database file, or was empty, holds mark 0.
 *     While anybody does, nothing is moved into the file: that takes mark 0.
 * L3  The log is begun anew only when all of it is in the file.
 *
 * INVARIANT: while a pin is held, every frame that was committed after its view is in the log file. Under
 * L1 the log is not begun anew at all. Under L2 it may be, by L3 while it holds nothing newer than the
 * view; what is committed then stands in the new log from its first frame on, and because nothing is
 * moved, by L3 it is not begun anew again, unless it is still empty. A checkpoint that cuts the log off
 * begins it anew, and no more.
 */
import { type Connection, openConnection } from '../../sqlite/connection.js';

// A pin reads one row, and a copy of the database reads each page once.
const CACHE_BYTES = 1024 * 1024;

export class Pin {
  readonly connection: Connection;

  private constructor(connection: Connection) {
    this.connection = connection;
  }

  /** Begins a view of the volume at `path`: of the last commit. */
  static take(path: string, busyTimeoutMs: number): Pin {
    const connection = openConnection(path, {
      role: 'reader',
      cacheBytes: CACHE_BYTES,
      busyTimeoutMs,
    });
    try {
      connection.beginView();
      return new Pin(connection);
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  release(): void {
    if (this.connection.isOpen) this.connection.close();
  }
}
