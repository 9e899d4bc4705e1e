/** Rows of `symlink`: targets of symbolic links. */
import type { Ino } from '../core/ino.js';
import type { Connection } from '../sqlite/connection.js';

const GET = 'SELECT target FROM symlink WHERE ino = ?';
const INSERT = 'INSERT INTO symlink (ino, target) VALUES (?, ?)';
const DELETE = 'DELETE FROM symlink WHERE ino = ?';

export class SymlinkTable {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get(ino: Ino): string | undefined {
    return this.#connection.statement<[number], [string]>(GET).get(ino)?.[0];
  }

  insert(ino: Ino, target: string): void {
    this.#connection.statement<[number, string], never>(INSERT).run(ino, target);
  }

  delete(ino: Ino): void {
    this.#connection.statement<[number], never>(DELETE).run(ino);
  }
}
