/** Rows of `orphan`: inodes without a name, in the order in which they lost it. */
import type { Ino } from '../core/ino.js';
import type { Connection } from '../sqlite/connection.js';

export interface Orphan {
  readonly seq: number;
  readonly ino: Ino;
}

const INSERT = 'INSERT INTO orphan (ino) VALUES (?)';
const DELETE = 'DELETE FROM orphan WHERE ino = ?';
const DELETE_HOLDS = 'DELETE FROM hold WHERE ino = ?';
const AFTER = 'SELECT seq, ino FROM orphan WHERE seq > ? ORDER BY seq LIMIT ?';
const COUNT = 'SELECT count(*) FROM orphan';
const LAST_SEQ = 'SELECT coalesce(max(seq), 0) FROM orphan';

export class OrphanTable {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  insert(ino: Ino): void {
    this.#connection.statement<[number], never>(INSERT).run(ino);
  }

  /** Removes the orphan and what sessions have noted about it. */
  delete(ino: Ino): void {
    this.#connection.statement<[number], never>(DELETE_HOLDS).run(ino);
    this.#connection.statement<[number], never>(DELETE).run(ino);
  }

  /** Up to `limit` orphans after `seq`, oldest first. */
  listAfter(seq: number, limit: number): Orphan[] {
    const rows = this.#connection
      .statement<[number, number], [number, number]>(AFTER)
      .all(seq, limit);
    return rows.map(([rowSeq, ino]) => ({ seq: rowSeq, ino: ino as Ino }));
  }

  count(): number {
    return this.#connection.statement<[], [number]>(COUNT).get()?.[0] ?? 0;
  }

  lastSeq(): number {
    return this.#connection.statement<[], [number]>(LAST_SEQ).get()?.[0] ?? 0;
  }
}
