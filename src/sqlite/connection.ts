/**
 * One connection to the database of a volume. This folder is the only one that imports the driver.
 *
 * A connection keeps its prepared statements, so that SQL text is parsed once, and sets every
 * per-connection pragma itself and reads it back: SQLite ignores a misspelt or late one in silence.
 */
import Database from 'better-sqlite3';
import { invariant, VolumeError } from '../core/errors.js';
import { guarded, isSqliteError } from './driver-errors.js';
import { ForeignStatement } from './foreign-statement.js';
import { makePrivateFile } from './private-file.js';
import { undoInterruptedCommit } from './rollback-journal.js';
import { provideSums } from './sum-functions.js';

/** What a column may hold on the way in. */
export type SqlValue = number | bigint | string | Uint8Array | null;

export interface RunResult {
  readonly changes: number;
  readonly lastInsertRowid: number | bigint;
}

/** A prepared statement whose rows are tuples `R`: half the cost of objects keyed by column name. */
export interface Statement<P extends readonly SqlValue[], R> {
  get(...parameters: P): R | undefined;
  all(...parameters: P): R[];
  run(...parameters: P): RunResult;
}

/** What a `Prepared` calls: the driver's statement. */
interface DriverStatement {
  get(...parameters: readonly SqlValue[]): unknown;
  all(...parameters: readonly SqlValue[]): unknown[];
  run(...parameters: readonly SqlValue[]): RunResult;
}

/** Counts the writes of a connection, so that a failed operation is known to have changed something. */
class Prepared {
  readonly #statement: DriverStatement;
  readonly #counter: { writes: number };

  constructor(statement: DriverStatement, counter: { writes: number }) {
    this.#statement = statement;
    this.#counter = counter;
  }

  get(...parameters: SqlValue[]): unknown {
    return this.#statement.get(...parameters);
  }

  all(...parameters: SqlValue[]): unknown[] {
    return this.#statement.all(...parameters);
  }

  run(...parameters: SqlValue[]): RunResult {
    this.#counter.writes += 1;
    return this.#statement.run(...parameters);
  }
}

export type ConnectionRole = 'writer' | 'reader';

export interface ConnectionOptions {
  readonly role: ConnectionRole;
  /** Page cache of this connection, in bytes. */
  readonly cacheBytes: number;
  /** Longest wait for a lock of another connection, in milliseconds. */
  readonly busyTimeoutMs: number;
  /** SQLite's `synchronous`, for the writer. */
  readonly synchronous?: 'OFF' | 'NORMAL' | 'FULL';
  /** Shuts everybody else out, of this process and of others, until it closes. */
  readonly isExclusive?: boolean;
}

const SYNCHRONOUS_LEVELS = { OFF: 0, NORMAL: 1, FULL: 2 } as const;
const BYTES_PER_KIB = 1024;

export class Connection {
  readonly path: string;
  readonly #database: Database.Database;
  readonly #statements = new Map<string, Prepared>();
  readonly #counter = { writes: 0 };
  readonly #begin: Statement<[], never>;
  readonly #commit: Statement<[], never>;

  constructor(path: string, database: Database.Database) {
    this.path = path;
    this.#database = database;
    this.#begin = this.statement('BEGIN');
    this.#commit = this.statement('COMMIT');
  }

  /**
   * The statement for `sql`, prepared at its first use on this connection. With the shape `value` a row
   * is its only column, which spares an array for each.
   */
  statement<P extends readonly SqlValue[], R>(
    sql: string,
    shape: 'tuple' | 'value' = 'tuple',
  ): Statement<P, R> {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      const driverStatement = this.#database.prepare(sql);
      if (shape === 'value') driverStatement.pluck(true);
      else if (driverStatement.reader) driverStatement.raw(true);
      statement = new Prepared(driverStatement as unknown as DriverStatement, this.#counter);
      this.#statements.set(sql, statement);
    }
    return statement as unknown as Statement<P, R>;
  }

  /** Prepares the one statement of `sql`, which is a caller's own, and does not keep it. */
  foreign(sql: string): ForeignStatement {
    return new ForeignStatement(this.#database.prepare(sql));
  }

  /** Runs SQL that returns nothing; several statements are allowed. */
  execute(sql: string): void {
    this.#database.exec(sql);
  }

  /** First column of the first row that a pragma returns. */
  pragma(source: string): unknown {
    return this.#database.pragma(source, { simple: true });
  }

  /** Another number whenever any other connection, of this or another process, has committed. */
  get dataVersion(): number | undefined {
    return this.statement<[], [number]>('PRAGMA data_version').get()?.[0];
  }

  /** All rows of a pragma, keyed by column name. */
  pragmaRows(source: string): Record<string, unknown>[] {
    return this.#database.pragma(source) as Record<string, unknown>[];
  }

  get inTransaction(): boolean {
    return this.#database.inTransaction;
  }

  get isOpen(): boolean {
    return this.#database.open;
  }

  /**
   * Runs `read` against one frozen view. Nested calls join the view that is open already.
   * INVARIANT: `read` is synchronous, so that no view outlives the call.
   */
  snapshot<T>(read: () => T): T {
    if (this.#database.inTransaction) return read();
    this.#begin.run();
    try {
      return read();
    } finally {
      this.endView();
    }
  }

  /**
   * Ends the view that is open, if there is one: a corrupt page may have ended it already. After one SQLite
   * may refuse to COMMIT, too, and a view that stayed open would be what is read from then on.
   */
  endView(): void {
    if (!this.#database.inTransaction) return;
    try {
      this.#commit.run();
    } catch (error) {
      if (!isSqliteError(error)) throw error;
      if (this.#database.inTransaction) this.execute('ROLLBACK');
    }
  }

  /**
   * Gives up to `pages` free pages back, in the transaction that is open. Not by `pragma`, which stops
   * at the first row, and so after one page.
   */
  incrementalVacuum(pages: number): void {
    this.#counter.writes += 1;
    this.#database.exec(`PRAGMA incremental_vacuum(${pages})`);
  }

  /** Freezes what this connection sees until `COMMIT`. The first statement is what does it. */
  beginView(): void {
    this.execute('BEGIN');
    this.statement('SELECT 1 FROM sqlite_schema LIMIT 1').get();
  }

  /** Sets the size of the page cache, in bytes; SQLite lets pages beyond it go at once. */
  resizeCache(bytes: number): void {
    setPragma(this.#database, 'cache_size', cacheSizeOf(bytes));
  }

  /**
   * SQLite's own way of copying page by page into the database at `target`; see `copyDatabase`. After each
   * step `onStep` is told what is left, and says how many pages the next one copies.
   */
  async copyPages(
    target: string,
    onStep: (pagesLeft: number, pagesTotal: number) => number,
  ): Promise<number> {
    const { totalPages } = await this.#database.backup(target, {
      progress: (step) => onStep(step.remainingPages, step.totalPages),
    });
    return totalPages;
  }

  /** Writing statements run so far. */
  get writes(): number {
    return this.#counter.writes;
  }

  close(): void {
    this.#database.close();
  }
}

// Kernel and SQLite agree on these as the first versions without the WAL-reset bug, by which two
// connections that write or checkpoint at once could corrupt a database (sqlite.org/wal.html).
const SQLITE_OLDEST = [3, 51, 3] as const;
const SQLITE_WITHDRAWN = '3.52.0';

function isOlder(version: string, oldest: readonly number[]): boolean {
  const parts = version.split('.').map(Number);
  for (const [index, least] of oldest.entries()) {
    const part = parts[index] ?? 0;
    if (part !== least) return part < least;
  }
  return false;
}

/** Refuses a SQLite library with a known corruption bug. */
export function checkSqliteVersion(version: string): void {
  if (version !== SQLITE_WITHDRAWN && !isOlder(version, SQLITE_OLDEST)) return;
  throw new VolumeError('ERR_SQLITE_VERSION', `SQLite ${version} can corrupt a volume.`, {
    hint: `Install a better-sqlite3 that carries SQLite ${SQLITE_OLDEST.join('.')} or later, other than ${SQLITE_WITHDRAWN}.`,
  });
}

let versionChecked = false;

function checkVersionOnce(database: Database.Database): void {
  if (versionChecked) return;
  checkSqliteVersion(database.prepare('SELECT sqlite_version()').pluck().get() as string);
  versionChecked = true;
}

function setPragma(
  database: Database.Database,
  name: string,
  value: number,
  expected = value,
): void {
  database.pragma(`${name} = ${value}`);
  const actual = database.pragma(name, { simple: true });
  invariant(
    actual === expected,
    `pragma ${name} reads back as set (${value}, got ${String(actual)})`,
  );
}

/** SQLite takes a negative number as KiB. */
function cacheSizeOf(bytes: number): number {
  return -Math.ceil(bytes / BYTES_PER_KIB);
}

/**
 * Takes the one lock that nobody else can hold beside. Every connection that has read from a database
 * with a log keeps a shared lock on the file as long as it is open: so this fails while there is one.
 * INVARIANT: before anything is read. A connection that has begun with a shared index of the log would
 * shut out writers only.
 */
function shutOthersOut(database: Database.Database): void {
  database.pragma('locking_mode = EXCLUSIVE');
  database.exec('BEGIN EXCLUSIVE; COMMIT');
}

function configure(database: Database.Database, options: ConnectionOptions): void {
  // A volume may come from a stranger: no function or view of its schema runs with side effects, and
  // no statement may write the schema table.
  setPragma(database, 'trusted_schema', 0);
  setPragma(database, 'cell_size_check', 1);
  setPragma(database, 'foreign_keys', 1);
  setPragma(database, 'mmap_size', 0);
  setPragma(database, 'cache_size', cacheSizeOf(options.cacheBytes));
  database.pragma('temp_store = MEMORY');
  if (options.role === 'reader') {
    setPragma(database, 'query_only', 1);
    return;
  }
  setPragma(database, 'synchronous', SYNCHRONOUS_LEVELS[options.synchronous ?? 'FULL']);
  // The writer checkpoints by its own policy, after it has answered its callers.
  setPragma(database, 'wal_autocheckpoint', 0);
}

/** Opens the existing database at `path`. SQLite errors come out as `VolumeError`. */
export function openConnection(path: string, options: ConnectionOptions): Connection {
  return guarded(path, () => {
    if (options.role === 'reader') undoInterruptedCommit(path, options.busyTimeoutMs);
    const database = new Database(path, {
      fileMustExist: true,
      readonly: options.role === 'reader',
      timeout: options.busyTimeoutMs,
    });
    try {
      checkVersionOnce(database);
      if (options.isExclusive === true) shutOthersOut(database);
      configure(database, options);
      provideSums(database);
      return new Connection(path, database);
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

export interface CreateOptions {
  readonly pageSizeBytes: number;
}

/**
 * How a transaction is made atomic. `wal`: a log, as every volume has it. `persist`: a rollback journal,
 * while a new volume is filled by one writer that nobody reads beside.
 */
export type JournalMode = 'wal' | 'persist';

/**
 * Creates an empty database at `path`, which must not exist. Page size and auto-vacuum are set first:
 * both are ignored in silence once a table exists or the journal is a WAL.
 */
export function createDatabase(
  path: string,
  options: CreateOptions,
  journalMode: JournalMode = 'wal',
): void {
  // SQLite would let everybody read it.
  makePrivateFile(path);
  guarded(path, () => {
    const database = new Database(path);
    try {
      setPragma(database, 'page_size', options.pageSizeBytes);
      const INCREMENTAL = 2;
      setPragma(database, 'auto_vacuum', INCREMENTAL);
      const journal = database.pragma(`journal_mode = ${journalMode}`, { simple: true });
      invariant(journal === journalMode, `the journal is of kind ${journalMode}`);
    } finally {
      database.close();
    }
  });
}

/** An empty database in memory, for what the migrations make of one. */
export function openMemoryConnection(): Connection {
  const database = new Database(':memory:');
  provideSums(database);
  return new Connection(':memory:', database);
}
