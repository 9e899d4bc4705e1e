/** Rows of `symlink`: targets of symbolic links. */
import { damaged, errno } from '../core/errno.js';
import type { Ino } from '../core/ino.js';
import { PATH_BYTES_MAX } from '../core/limits.js';
import { linkSum } from '../core/row-sums.js';
import type { Connection } from '../sqlite/connection.js';

const GET = 'SELECT target, sum FROM symlink WHERE ino = ?';
const INSERT = 'INSERT INTO symlink (ino, target, sum) VALUES (?, ?, ?)';
const DELETE = 'DELETE FROM symlink WHERE ino = ?';

function isTarget(value: unknown): value is string {
  if (typeof value !== 'string' || value === '' || value.includes('\0')) return false;
  return value.length < PATH_BYTES_MAX && Buffer.byteLength(value) < PATH_BYTES_MAX;
}

export class SymlinkTable {
  /** Whether every read compares the sum of the row. */
  verifies = false;
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** EIO for what no target can be: it is damaged, or made to do harm. */
  get(ino: Ino): string | undefined {
    const row = this.#connection.statement<[number], [unknown, number]>(GET).get(ino);
    if (row === undefined) return undefined;
    const [target, sum] = row;
    if (!isTarget(target)) throw errno('EIO');
    if (this.verifies && linkSum(ino, target) !== sum) {
      throw damaged(`the target of inode ${ino} has a wrong sum`);
    }
    return target;
  }

  insert(ino: Ino, target: string): void {
    this.#connection
      .statement<[number, string, number], never>(INSERT)
      .run(ino, target, linkSum(ino, target));
  }

  delete(ino: Ino): void {
    this.#connection.statement<[number], never>(DELETE).run(ino);
  }
}
