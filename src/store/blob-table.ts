/** Rows of `blob` and `share`: content bytes and how many references they have. */
import { crc32c } from '../core/crc32c/crc32c.js';
import { damaged, errno } from '../core/errno.js';
import type { BlobId } from '../core/ino.js';
import type { Connection, Statement } from '../sqlite/connection.js';

const INSERT = 'INSERT INTO blob (crc32c, data) VALUES (?, ?)';
const UPDATE = 'UPDATE blob SET crc32c = ?, data = ? WHERE id = ?';
const DELETE = 'DELETE FROM blob WHERE id = ?';
const DATA = 'SELECT data FROM blob WHERE id = ?';
const WITH_CHECKSUM = 'SELECT data, crc32c FROM blob WHERE id = ?';
// substr keeps the bytes that are not wanted out of JavaScript's memory.
const PART = 'SELECT substr(data, ?, ?) FROM blob WHERE id = ?';
const REFS = 'SELECT refs, sound FROM share WHERE blob = ?';
const SHARE = `
  INSERT INTO share (blob, refs) VALUES (?, 2) ON CONFLICT (blob) DO UPDATE SET refs = refs + 1 WHERE sound`;
const SHARE_LESS = 'UPDATE share SET refs = refs - 1 WHERE blob = ? AND refs > 2';
const UNSHARE = 'DELETE FROM share WHERE blob = ?';

/** The bytes, when they are those that were written: EIO when not. */
export function verified(data: Buffer, sum: unknown, what: string): Buffer {
  if (crc32c(data) === sum) return data;
  throw damaged(`${what} has a wrong checksum`);
}

function wrongCount(id: BlobId): Error {
  return damaged(`the count of references of blob ${id} has a wrong sum`);
}

export class BlobTable {
  /** Whether every read compares the checksum. */
  verifies = false;
  readonly #connection: Connection;
  readonly #data: Statement<[number], [Buffer]>;
  readonly #refs: Statement<[number], [refs: number, sound: number]>;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#data = connection.statement(DATA);
    this.#refs = connection.statement(REFS);
  }

  /** EIO when there is no such blob: what is lost must not read as zeros. */
  data(id: BlobId): Buffer {
    if (this.verifies) return this.checked(id).data;
    const row = this.#data.get(id);
    if (row === undefined) throw errno('EIO');
    return row[0];
  }

  /** All bytes and their checksum, which was compared: for who changes a part of them. */
  checked(id: BlobId): { readonly data: Buffer; readonly sum: number } {
    const statement = this.#connection.statement<[number], [Buffer, number]>(WITH_CHECKSUM);
    const row = statement.get(id);
    if (row === undefined) throw damaged(`blob ${id} is lost`);
    return { data: verified(row[0], row[1], `blob ${id}`), sum: row[1] };
  }

  /** `length` bytes from `offset`; fewer where the blob ends. The checksum is that of all of them. */
  part(id: BlobId, offset: number, length: number): Buffer {
    if (this.verifies) return this.checked(id).data.subarray(offset, offset + length);
    const statement = this.#connection.statement<[number, number, number], [Buffer]>(PART);
    const row = statement.get(offset + 1, length, id);
    if (row === undefined) throw errno('EIO');
    return row[0];
  }

  insert(data: Uint8Array, sum: number = crc32c(data)): BlobId {
    const statement = this.#connection.statement<[number, Uint8Array], never>(INSERT);
    return Number(statement.run(sum, data).lastInsertRowid) as BlobId;
  }

  /** Whether more than one place references the blob, so that it must not be changed. */
  isShared(id: BlobId): boolean {
    return this.#refsOf(id) !== undefined;
  }

  /** The sum is always compared: only the writer asks, and what it does with the answer is a change. */
  #refsOf(id: BlobId): number | undefined {
    const row = this.#refs.get(id);
    if (row === undefined) return undefined;
    if (row[1] !== 1) throw wrongCount(id);
    return row[0];
  }

  /** INVARIANT: the caller owns the only reference. */
  update(id: BlobId, data: Uint8Array, sum: number = crc32c(data)): void {
    this.#connection.statement<[number, Uint8Array, number], never>(UPDATE).run(sum, data, id);
  }

  /** Adds a reference. */
  share(id: BlobId): void {
    const { changes } = this.#connection.statement<[number], never>(SHARE).run(id);
    if (changes === 0) throw wrongCount(id);
  }

  /** Drops a reference; the last one takes the bytes with it. */
  release(id: BlobId): void {
    const refs = this.#refsOf(id);
    const sql = refs === undefined ? DELETE : refs > 2 ? SHARE_LESS : UNSHARE;
    this.#connection.statement<[number], never>(sql).run(id);
  }
}
