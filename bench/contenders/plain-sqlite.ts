/**
 * Plain better-sqlite3 on the calling thread doing the least work a file could be: one row. No
 * directories, no times, no modes, no checks. All in one transaction it is the ceiling; with a
 * transaction per write it is what one caller who awaits each write is compared with.
 *
 * Pragmas are the same everywhere: WAL, `synchronous` by scenario, everything else SQLite's default.
 */
import { join } from 'node:path';
import Database from 'better-sqlite3';

export const CEILING = 'ceiling';
export const PLAIN_EACH = 'plain-each';

export type Synchronous = 'NORMAL' | 'FULL';

function openDatabase(
  folder: string,
  synchronous: Synchronous,
  pageSizeBytes?: number,
): Database.Database {
  const database = new Database(join(folder, 'plain.db'));
  if (pageSizeBytes !== undefined) database.pragma(`page_size = ${pageSizeBytes}`);
  database.pragma('journal_mode = WAL');
  database.pragma(`synchronous = ${synchronous}`);
  return database;
}

/** A database that scenarios write to in transactions of their choosing. */
export interface PlainDatabase {
  begin(): void;
  commit(): void;
  /** Closes the database, with SQLite's own final checkpoint. */
  close(): void;
}

export interface PlainFiles extends PlainDatabase {
  put(path: string, content: Buffer): void;
  get(path: string): Buffer | undefined;
  /** Whether there is such a path, and the size of its content. */
  size(path: string): number | undefined;
  remove(path: string): number;
  count(): number;
}

/** One (path, data) row per file. */
export function openPlainFiles(folder: string, synchronous: Synchronous = 'NORMAL'): PlainFiles {
  const database = openDatabase(folder, synchronous);
  database.exec('CREATE TABLE IF NOT EXISTS file (path TEXT PRIMARY KEY, data BLOB NOT NULL)');
  const put = database.prepare('INSERT OR REPLACE INTO file VALUES (?, ?)');
  const get = database.prepare('SELECT data FROM file WHERE path = ?').pluck();
  const size = database.prepare('SELECT length(data) FROM file WHERE path = ?').pluck();
  const remove = database.prepare('DELETE FROM file WHERE path = ?');
  const count = database.prepare('SELECT count(*) FROM file').pluck();
  return {
    ...transactionsOf(database),
    put: (path, content) => void put.run(path, content),
    get: (path) => get.get(path) as Buffer | undefined,
    size: (path) => size.get(path) as number | undefined,
    remove: (path) => remove.run(path).changes,
    count: () => count.get() as number,
  };
}

export interface PlainNames extends PlainDatabase {
  add(path: string, ino: number): void;
  rename(from: string, to: string): number;
  find(path: string): number | undefined;
}

/** One (path, number) row per file: the least a rename can change is a name without its content. */
export function openPlainNames(folder: string, synchronous: Synchronous = 'NORMAL'): PlainNames {
  const database = openDatabase(folder, synchronous);
  database.exec(
    'CREATE TABLE IF NOT EXISTS name (path TEXT PRIMARY KEY, ino INTEGER) WITHOUT ROWID',
  );
  const add = database.prepare('INSERT INTO name VALUES (?, ?)');
  const rename = database.prepare('UPDATE name SET path = ? WHERE path = ?');
  const find = database.prepare('SELECT ino FROM name WHERE path = ?').pluck();
  return {
    ...transactionsOf(database),
    add: (path, ino) => void add.run(path, ino),
    rename: (from, to) => rename.run(to, from).changes,
    find: (path) => find.get(path) as number | undefined,
  };
}

export interface PlainChunks extends PlainDatabase {
  put(index: number, content: Buffer): void;
  get(index: number): Buffer;
  totalBytes(): number;
}

/** One row per chunk of a single big file; pages of SQLite's default size (4 KiB) unless told otherwise. */
export function openPlainChunks(folder: string, pageSizeBytes?: number): PlainChunks {
  const database = openDatabase(folder, 'NORMAL', pageSizeBytes);
  database.exec('CREATE TABLE IF NOT EXISTS chunk (idx INTEGER PRIMARY KEY, data BLOB NOT NULL)');
  const put = database.prepare('INSERT OR REPLACE INTO chunk VALUES (?, ?)');
  const get = database.prepare('SELECT data FROM chunk WHERE idx = ?').pluck();
  const total = database.prepare('SELECT sum(length(data)) FROM chunk').pluck();
  return {
    ...transactionsOf(database),
    put: (index, content) => void put.run(index, content),
    get: (index) => get.get(index) as Buffer,
    totalBytes: () => total.get() as number,
  };
}

/** The part of a contender that does not depend on its tables. */
export function transactionsOf(database: Database.Database): PlainDatabase {
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  return {
    begin: () => void begin.run(),
    commit: () => void commit.run(),
    close: () => void database.close(),
  };
}
