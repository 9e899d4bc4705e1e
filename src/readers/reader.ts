/** A read-only connection with the tables of the volume on it. */
import { damaged, Errno } from '../core/errno.js';
import { VolumeError } from '../core/errors.js';
import { type Connection, openConnection } from '../sqlite/connection.js';
import { guarded, isSqliteError, translateSqliteError } from '../sqlite/driver-errors.js';
import { Store } from '../store/store.js';

export interface ReaderOptions {
  readonly path: string;
  readonly cacheBytes: number;
  readonly busyTimeoutMs: number;
  /** Whether checksums of content are compared. @defaultValue false */
  readonly verifyReads?: boolean;
  /** Two cells: how many reads met damage, and when the last one did, in milliseconds since 1970. */
  readonly damage?: Float64Array;
}

export class Reader {
  readonly store: Store;
  readonly #connection: Connection;
  readonly #damage: Float64Array;

  constructor(options: ReaderOptions) {
    this.#damage = options.damage ?? new Float64Array(2);
    this.#connection = openConnection(options.path, { ...options, role: 'reader' });
    try {
      this.store = new Store(this.#connection);
      if (options.verifyReads === true) this.store.verifyReads(true);
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
      throw this.#failed(error);
    }
  }

  /** Runs `find`, which must be one statement: that is a view by itself. */
  find<T>(find: (store: Store) => T): T {
    try {
      return find(this.store);
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** Another number whenever any other connection, of this or another process, has committed. */
  get version(): number {
    return this.find(() => this.#connection.dataVersion ?? 0);
  }

  /** What the caller hears; damage is counted. */
  #failed(error: unknown): unknown {
    const failure = readError(error, this.#connection.path);
    if (failure instanceof Errno && failure.code === 'EIO') {
      this.#damage[0] = (this.#damage[0] as number) + 1;
      this.#damage[1] = Date.now();
    }
    return failure;
  }

  /** Opens a view that lasts until `unpin`. */
  pin(): void {
    guarded(this.#connection.path, () => this.#connection.beginView());
  }

  unpin(): void {
    this.#connection.endView();
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
    return damaged(`the database: ${error.message}`);
  }
  const translated = translateSqliteError(error, path);
  return translated instanceof VolumeError ? translated : error;
}
