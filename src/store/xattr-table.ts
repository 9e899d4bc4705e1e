/** Rows of `xattr`: extended attributes. */
import type { Ino } from '../core/ino.js';
import type { Connection } from '../sqlite/connection.js';

const GET = 'SELECT value FROM xattr WHERE ino = ? AND name = ?';
const NAMES = 'SELECT name FROM xattr WHERE ino = ? ORDER BY name';
const SET = `
  INSERT INTO xattr (ino, name, value) VALUES (?, ?, ?)
  ON CONFLICT (ino, name) DO UPDATE SET value = excluded.value`;
const DELETE = 'DELETE FROM xattr WHERE ino = ? AND name = ?';
const DELETE_ALL = 'DELETE FROM xattr WHERE ino = ?';
const COPY_ALL =
  'INSERT INTO xattr (ino, name, value) SELECT ?, name, value FROM xattr WHERE ino = ?';

export class XattrTable {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get(ino: Ino, name: string): Buffer | undefined {
    return this.#connection.statement<[number, string], [Buffer]>(GET).get(ino, name)?.[0];
  }

  names(ino: Ino): string[] {
    const rows = this.#connection.statement<[number], [string]>(NAMES).all(ino);
    return rows.map(([name]) => name);
  }

  set(ino: Ino, name: string, value: Uint8Array): void {
    this.#connection.statement<[number, string, Uint8Array], never>(SET).run(ino, name, value);
  }

  /** Whether there was one. */
  delete(ino: Ino, name: string): boolean {
    const statement = this.#connection.statement<[number, string], never>(DELETE);
    return statement.run(ino, name).changes > 0;
  }

  deleteAll(ino: Ino): void {
    this.#connection.statement<[number], never>(DELETE_ALL).run(ino);
  }

  copyAll(from: Ino, to: Ino): void {
    this.#connection.statement<[number, number], never>(COPY_ALL).run(to, from);
  }
}
