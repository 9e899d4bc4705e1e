/**
 * Scratch tables of a check, in SQLite's temporary database: what would otherwise be a million objects
 * in memory. Each is filled when a check first asks for it.
 *
 *   check_link   inode -> how many names it has, and a directory that holds one
 *   check_ref    blob -> how many places reference it, and an inode that does
 *   check_reach  directories that were reached
 *   check_name   a name of each inode, only when the database is damaged (touched-files.ts)
 */
import { ROOT_INO } from '../../core/ino.js';
import type { Connection } from '../../sqlite/connection.js';
import type { CheckContext } from './context.js';
import { isDir } from './sql.js';

const TABLES = `
  CREATE TEMP TABLE check_link (
    ino INTEGER PRIMARY KEY, names INTEGER NOT NULL, parent INTEGER NOT NULL) STRICT;
  CREATE TEMP TABLE check_ref (
    blob INTEGER PRIMARY KEY, refs INTEGER NOT NULL, ino INTEGER NOT NULL) STRICT;
  CREATE TEMP TABLE check_reach (ino INTEGER PRIMARY KEY) STRICT;
  CREATE TEMP TABLE check_name (
    ino INTEGER PRIMARY KEY, parent INTEGER NOT NULL, name TEXT NOT NULL) STRICT;`;

const DROP = `
  DROP TABLE IF EXISTS temp.check_link;
  DROP TABLE IF EXISTS temp.check_ref;
  DROP TABLE IF EXISTS temp.check_reach;
  DROP TABLE IF EXISTS temp.check_name;`;

// Names in what is no directory do not count: rule I3 takes them away. The root counts always, so that
// a broken root does not make all of its entries look lost.
const FILL_LINKS = `
  INSERT INTO check_link (ino, names, parent)
  SELECT d.ino, count(*), min(d.parent)
  FROM dentry AS d LEFT JOIN inode AS p ON p.ino = d.parent
  WHERE d.parent > ? AND d.parent <= ? AND (d.parent = ${ROOT_INO} OR ${isDir('p')})
  GROUP BY d.ino
  ON CONFLICT (ino) DO UPDATE SET names = names + excluded.names`;

const COUNT_REFERENCE = 'ON CONFLICT (blob) DO UPDATE SET refs = refs + excluded.refs';
const FILL_HEAD_REFS = `
  INSERT INTO check_ref (blob, refs, ino)
  SELECT i.head, 1, i.ino FROM inode AS i
  WHERE i.ino > ? AND i.ino <= ? AND i.head IS NOT NULL ${COUNT_REFERENCE}`;
const FILL_CHUNK_REFS = `
  INSERT INTO check_ref (blob, refs, ino)
  SELECT c.blob, 1, c.ino FROM chunk AS c
  WHERE c.ino > ? AND c.ino <= ? ${COUNT_REFERENCE}`;

type Table = 'links' | 'references';

const FILLS: Readonly<Record<Table, readonly string[]>> = {
  links: [FILL_LINKS],
  references: [FILL_HEAD_REFS, FILL_CHUNK_REFS],
};

export class Scratch {
  readonly #context: CheckContext;
  readonly #filled = new Set<Table>();
  readonly #broken = new Map<Table, unknown>();

  constructor(context: CheckContext) {
    this.#context = context;
  }

  static create(connection: Connection): void {
    connection.execute(DROP + TABLES);
  }

  static drop(connection: Connection): void {
    connection.execute(DROP);
  }

  /** Empties the tables, which are filled anew when they are needed: the rows have changed. */
  forget(): void {
    if (this.#filled.size === 0) return;
    Scratch.create(this.#context.connection);
    this.#filled.clear();
  }

  has(table: Table): boolean {
    return this.#filled.has(table);
  }

  /**
   * Fills a table. Throws SQLite's error when it cannot be filled in full, now and at every later call:
   * half of it would make sound files look lost.
   */
  need(table: Table): void {
    if (this.#filled.has(table)) return;
    if (this.#broken.has(table)) throw this.#broken.get(table);
    try {
      this.#fill(table);
      this.#filled.add(table);
    } catch (error) {
      this.#broken.set(table, error);
      throw error;
    }
  }

  #fill(table: Table): void {
    const { connection } = this.#context;
    for (const sql of FILLS[table]) {
      for (const [from, to] of this.#context.slices('inode')) {
        this.#context.pause(0);
        connection.statement(sql).run(from, to);
      }
    }
  }
}
