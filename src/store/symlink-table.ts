/** Rows of `symlink`: targets of symbolic links. */
import { errno } from '../core/errno.js';
import type { Ino } from '../core/ino.js';
import { PATH_BYTES_MAX } from '../core/limits.js';
import type { Connection } from '../sqlite/connection.js';

const GET = 'SELECT target FROM symlink WHERE ino = ?';
const INSERT = 'INSERT INTO symlink (ino, target) VALUES (?, ?)';
const DELETE = 'DELETE FROM symlink WHERE ino = ?';

function isTarget(value: unknown): value is string {
  if (typeof value !== 'string' || value === '' || value.includes('\0')) return false;
  return value.length < PATH_BYTES_MAX && Buffer.byteLength(value) < PATH_BYTES_MAX;
}

export class SymlinkTable {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** EIO for what no target can be: it is damaged, or made to do harm. */
  get(ino: Ino): string | undefined {
    const target = this.#connection.statement<[number], [unknown]>(GET).get(ino)?.[0];
    if (target !== undefined && !isTarget(target)) throw errno('EIO');
    return target;
  }

  insert(ino: Ino, target: string): void {
    this.#connection.statement<[number, string], never>(INSERT).run(ino, target);
  }

  delete(ino: Ino): void {
    this.#connection.statement<[number], never>(DELETE).run(ino);
  }
}
