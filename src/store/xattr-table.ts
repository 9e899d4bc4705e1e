/** Rows of `xattr`: extended attributes. */
import { damaged } from '../core/errno.js';
import type { Ino } from '../core/ino.js';
import { attributeSum } from '../core/row-sums.js';
import type { Connection } from '../sqlite/connection.js';

const GET = 'SELECT value, sum FROM xattr WHERE ino = ? AND name = ?';
const NAMES = 'SELECT name FROM xattr WHERE ino = ? ORDER BY name';
const ALL = 'SELECT name, value, sum FROM xattr WHERE ino = ? ORDER BY name';
const SET = `
  INSERT INTO xattr (ino, name, value, sum) VALUES (?, ?, ?, ?)
  ON CONFLICT (ino, name) DO UPDATE SET value = excluded.value, sum = excluded.sum`;
const DELETE = 'DELETE FROM xattr WHERE ino = ? AND name = ?';
const DELETE_ALL = 'DELETE FROM xattr WHERE ino = ?';
type Row = [name: string, value: Buffer, sum: number];

function demandSum(ino: Ino, [name, value, sum]: Row): void {
  if (attributeSum(ino, name, value) === sum) return;
  throw damaged(`an extended attribute of inode ${ino} has a wrong sum`);
}

export class XattrTable {
  /** Whether every read compares the sum of the row. */
  verifies = false;
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get(ino: Ino, name: string): Buffer | undefined {
    const row = this.#connection
      .statement<[number, string], [value: Buffer, sum: number]>(GET)
      .get(ino, name);
    if (row === undefined) return undefined;
    if (this.verifies) demandSum(ino, [name, ...row]);
    return row[0];
  }

  names(ino: Ino): string[] {
    if (this.verifies) return this.#verifiedNames(ino);
    const rows = this.#connection.statement<[number], [string]>(NAMES).all(ino);
    return rows.map(([name]) => name);
  }

  /** The sum is that of the whole row: so the values are read, too. */
  #verifiedNames(ino: Ino): string[] {
    const rows = this.#connection.statement<[number], Row>(ALL).all(ino);
    return rows.map((row) => {
      demandSum(ino, row);
      return row[0];
    });
  }

  set(ino: Ino, name: string, value: Uint8Array): void {
    this.#connection
      .statement<[number, string, Uint8Array, number], never>(SET)
      .run(ino, name, value, attributeSum(ino, name, value));
  }

  /** Whether there was one. */
  delete(ino: Ino, name: string): boolean {
    const statement = this.#connection.statement<[number, string], never>(DELETE);
    return statement.run(ino, name).changes > 0;
  }

  deleteAll(ino: Ino): void {
    this.#connection.statement<[number], never>(DELETE_ALL).run(ino);
  }
}
