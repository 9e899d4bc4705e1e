/** Rows of `dentry`: names in directories, and the inodes behind them. */
import type { Ino } from '../core/ino.js';
import { S_IFDIR, S_IFREG } from '../core/mode.js';
import type { Connection, Statement } from '../sqlite/connection.js';
import { INODE_COLUMNS, type Inode, type InodeTuple, toInode } from './inode-table.js';

/** The type of a file is in the bits of `mode` from this one on. */
export const TYPE_SHIFT = 12;
/** A type as one character: this code and the bits. */
export const TYPE_BASE = 48;

export interface Entry {
  readonly name: string;
  readonly ino: Ino;
  /** `st_mode` of the inode; its type bits never change. */
  readonly mode: number;
}

const STEP = `
  SELECT d.ino, i.mode FROM dentry AS d JOIN inode AS i ON i.ino = d.ino
  WHERE d.parent = ? AND d.name = ?`;

const LOOKUP = `
  SELECT ${INODE_COLUMNS} FROM dentry AS d JOIN inode AS i ON i.ino = d.ino
  WHERE d.parent = ? AND d.name = ?`;

// CROSS JOIN keeps the order of the tables: names in key order, each inode by its number.
const LIST = `
  SELECT d.name, d.ino, i.mode FROM dentry AS d CROSS JOIN inode AS i ON i.ino = d.ino
  WHERE d.parent = ? AND d.name > ? ORDER BY d.name LIMIT ?`;

// One text for many entries: a row of its own for each would cost more than all that is in it. The
// subquery gives the order. No name has a slash. Constants for the usual types spare two functions.
const TYPES = `
  SELECT group_concat(name || type, '') FROM (
    SELECT d.name, CASE i.mode >> ${TYPE_SHIFT}
      WHEN ${S_IFREG >> TYPE_SHIFT} THEN '${typeText(S_IFREG)}'
      WHEN ${S_IFDIR >> TYPE_SHIFT} THEN '${typeText(S_IFDIR)}'
      ELSE '/' || char(${TYPE_BASE} + (i.mode >> ${TYPE_SHIFT}))
    END AS type
    FROM dentry AS d CROSS JOIN inode AS i ON i.ino = d.ino
    WHERE d.parent = ? AND d.name > ? ORDER BY d.name LIMIT ?)`;

function typeText(mode: number): string {
  return `/${String.fromCharCode(TYPE_BASE + (mode >> TYPE_SHIFT))}`;
}

const NAMES = 'SELECT name FROM dentry WHERE parent = ? ORDER BY name';
const ANY = 'SELECT 1 FROM dentry WHERE parent = ? LIMIT 1';
const INSERT = 'INSERT INTO dentry (parent, name, ino) VALUES (?, ?, ?)';
const REPLACE = 'UPDATE dentry SET ino = ? WHERE parent = ? AND name = ?';
const DELETE = 'DELETE FROM dentry WHERE parent = ? AND name = ?';

export class DentryTable {
  readonly #connection: Connection;
  readonly #step: Statement<[number, string], [ino: number, mode: number]>;
  readonly #lookup: Statement<[number, string], InodeTuple>;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#step = connection.statement(STEP);
    this.#lookup = connection.statement(LOOKUP);
  }

  /** Number and mode of an entry: what a step through a path needs. */
  step(parent: Ino, name: string): [ino: Ino, mode: number] | undefined {
    return this.#step.get(parent, name) as [Ino, number] | undefined;
  }

  lookup(parent: Ino, name: string): Inode | undefined {
    const row = this.#lookup.get(parent, name);
    return row === undefined ? undefined : toInode(row);
  }

  /** Up to `limit` entries after the name `after` ('' from the start), in byte order of names. */
  list(parent: Ino, after: string, limit: number): Entry[] {
    const rows = this.#connection
      .statement<[number, string, number], [string, number, number]>(LIST)
      .all(parent, after, limit);
    return rows.map(([name, ino, mode]) => ({ name, ino: ino as Ino, mode }));
  }

  /** All names, in byte order. */
  names(parent: Ino): string[] {
    return this.#connection.statement<[number], string>(NAMES, 'value').all(parent);
  }

  /** Like `list`, as one text: of each entry the name, a slash and the character of its type. */
  types(parent: Ino, after: string, limit: number): string {
    const statement = this.#connection.statement<[number, string, number], string | null>(
      TYPES,
      'value',
    );
    return statement.get(parent, after, limit) ?? '';
  }

  isEmpty(parent: Ino): boolean {
    return this.#connection.statement<[number], [number]>(ANY).get(parent) === undefined;
  }

  insert(parent: Ino, name: string, ino: Ino): void {
    this.#connection.statement<[number, string, number], never>(INSERT).run(parent, name, ino);
  }

  /** Points an existing name at another inode. */
  replace(parent: Ino, name: string, ino: Ino): void {
    this.#connection.statement<[number, number, string], never>(REPLACE).run(ino, parent, name);
  }

  delete(parent: Ino, name: string): void {
    this.#connection.statement<[number, string], never>(DELETE).run(parent, name);
  }
}
