/** A read-only connection with the tables of the volume on it. */
import { errno } from '../core/errno.js';
import { VolumeError } from '../core/errors.js';
import { type Connection, openConnection } from '../sqlite/connection.js';
import { guarded, isSqliteError, translateSqliteError } from '../sqlite/driver-errors.js';
import { Store } from '../store/store.js';

export interface ReaderOptions {
  readonly path: string;
  readonly cacheBytes: number;
  readonly busyTimeoutMs: number;
}

export class Reader {
  readonly store: Store;
  readonly #connection: Connection;

  constructor(options: ReaderOptions) {
    this.#connection = openConnection(options.path, { ...options, role: 'reader' });
    try {
      this.store = new Store(this.#connection);
    } catch (error) {
      this.#connection.close();
      throw translateSqliteError(error, options.path);
    }
  }

  /** Runs `read` on one frozen view; nothing else can run on this thread meanwhile. */
  read<T>(read: (store: Store) => T): T {
    try {
      return this.#connection.snapshot(() => read(this.store));
    } catch (error) {
      throw readError(error, this.#connection.path);
    }
  }

  /** Runs `find`, which must be one statement: that is a view by itself. */
  find<T>(find: (store: Store) => T): T {
    try {
      return find(this.store);
    } catch (error) {
      throw readError(error, this.#connection.path);
    }
  }

  /** Another number whenever any other connection, of this or another process, has committed. */
  get version(): number {
    return this.find(() => {
      const row = this.#connection.statement<[], [number]>('PRAGMA data_version').get();
      return row?.[0] ?? 0;
    });
  }

  /** Opens a view that lasts until `unpin`. */
  pin(): void {
    guarded(this.#connection.path, () => this.#connection.beginView());
  }

  unpin(): void {
    if (this.#connection.inTransaction) this.#connection.execute('COMMIT');
  }

  /** Sets how much the page cache may take; what is beyond that is let go at once. */
  resizeCache(bytes: number): void {
    this.#connection.resizeCache(bytes);
  }

  get isPinned(): boolean {
    return this.#connection.inTransaction;
  }

  close(): void {
    this.#connection.close();
  }
}

/** A file that cannot be read is EIO to the caller; what is about the volume keeps its name. */
function readError(error: unknown, path: string): unknown {
  if (!isSqliteError(error)) return error;
  if (isSqliteError(error, 'SQLITE_CORRUPT') || isSqliteError(error, 'SQLITE_IOERR')) {
    return errno('EIO');
  }
  const translated = translateSqliteError(error, path);
  return translated instanceof VolumeError ? translated : error;
}
