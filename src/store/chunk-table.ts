/** Rows of `chunk`: which blob holds which part of a file, for every chunk but the first. */
import { damaged, errno } from '../core/errno.js';
import type { BlobId, Ino } from '../core/ino.js';
import type { Connection } from '../sqlite/connection.js';
import { verified } from './blob-table.js';

const BLOB_OF = 'SELECT blob, 1 FROM chunk WHERE ino = ? AND idx = ?';
const BLOB_WITH_SUM = 'SELECT blob, sound FROM chunk WHERE ino = ? AND idx = ?';
const DATA = `
  SELECT b.data FROM chunk AS c LEFT JOIN blob AS b ON b.id = c.blob
  WHERE c.ino = ? AND c.idx = ?`;
const WITH_CHECKSUM = `
  SELECT b.data, b.crc32c, c.sound FROM chunk AS c LEFT JOIN blob AS b ON b.id = c.blob
  WHERE c.ino = ? AND c.idx = ?`;
// substr keeps the bytes that are not wanted out of JavaScript's memory.
const PART = `
  SELECT substr(b.data, ?, ?) FROM chunk AS c LEFT JOIN blob AS b ON b.id = c.blob
  WHERE c.ino = ? AND c.idx = ?`;
const INSERT = 'INSERT INTO chunk (ino, idx, blob) VALUES (?, ?, ?)';
const REPLACE = 'UPDATE chunk SET blob = ? WHERE ino = ? AND idx = ?';
const DELETE = 'DELETE FROM chunk WHERE ino = ? AND idx = ?';
// The sum is always compared: only the writer asks, to free them.
const RANGE = `
  SELECT idx, blob, sound FROM chunk WHERE ino = ? AND idx >= ? AND idx < ? ORDER BY idx LIMIT ?`;
const COUNT_RANGE = 'SELECT count(*) FROM chunk WHERE ino = ? AND idx >= ? AND idx < ?';
const MOVE_RANGE = 'UPDATE chunk SET ino = ? WHERE ino = ? AND idx >= ? AND idx < ?';
const NEXT = 'SELECT idx, sound FROM chunk WHERE ino = ? AND idx >= ? ORDER BY idx LIMIT 1';
const WRONG = `
  SELECT idx FROM chunk WHERE ino = ? AND idx >= ? AND idx < ? AND NOT sound LIMIT 1`;
const COUNT_SOUND = 'SELECT count(*), total(sound) FROM chunk WHERE ino = ?';
const SHARE_ALL = `
  INSERT INTO share (blob, refs) SELECT blob, 2 FROM chunk WHERE ino = ?
  ON CONFLICT (blob) DO UPDATE SET refs = refs + 1 WHERE sound`;
const COPY_ALL = 'INSERT INTO chunk (ino, idx, blob) SELECT ?, idx, blob FROM chunk WHERE ino = ?';

/** Above the index of every chunk. */
export const CHUNK_INDEX_END: number = Number.MAX_SAFE_INTEGER;

export interface ChunkRow {
  readonly idx: number;
  readonly blob: BlobId;
}

export class ChunkTable {
  /** Whether every read compares the checksum and the sum of the row. */
  verifies = false;
  readonly #connection: Connection;
  /** The last file of which no chunk is lost; that stays so as long as its version does. */
  #proven: { readonly ino: Ino; readonly version: number } | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  blobOf(ino: Ino, idx: number): BlobId | undefined {
    const row = this.#connection
      .statement<[number, number], [blob: number, sound: number]>(
        this.verifies ? BLOB_WITH_SUM : BLOB_OF,
      )
      .get(ino, idx);
    if (row === undefined) return undefined;
    demandSound(row[1], ino, idx);
    return row[0] as BlobId;
  }

  /** Bytes of a chunk; undefined for a hole, EIO when the chunk's blob is lost. */
  data(ino: Ino, idx: number): Buffer | undefined {
    if (this.verifies) return this.#verifiedData(ino, idx);
    const row = this.#connection.statement<[number, number], [Buffer | null]>(DATA).get(ino, idx);
    return row === undefined ? undefined : present(row[0]);
  }

  #verifiedData(ino: Ino, idx: number): Buffer | undefined {
    const row = this.#connection
      .statement<[number, number], [Buffer | null, number | null, sound: number]>(WITH_CHECKSUM)
      .get(ino, idx);
    if (row === undefined) return undefined;
    demandSound(row[2], ino, idx);
    const what = `chunk ${idx} of inode ${ino}`;
    if (row[0] === null) throw damaged(`${what} is lost`);
    return verified(row[0], row[1], what);
  }

  /**
   * `length` bytes of a chunk from `offset` in it; fewer where its data ends. The checksum is that of the
   * whole chunk.
   */
  part(ino: Ino, idx: number, offset: number, length: number): Buffer | undefined {
    if (this.verifies) return this.#verifiedData(ino, idx)?.subarray(offset, offset + length);
    const row = this.#connection
      .statement<[number, number, number, number], [Buffer | null]>(PART)
      .get(offset + 1, length, ino, idx);
    return row === undefined ? undefined : present(row[0]);
  }

  insert(ino: Ino, idx: number, blob: BlobId): void {
    this.#connection.statement<[number, number, number], never>(INSERT).run(ino, idx, blob);
  }

  replace(ino: Ino, idx: number, blob: BlobId): void {
    this.#connection.statement<[number, number, number], never>(REPLACE).run(blob, ino, idx);
  }

  delete(ino: Ino, idx: number): void {
    this.#connection.statement<[number, number], never>(DELETE).run(ino, idx);
  }

  /** Up to `limit` chunks with an index from `first` to below `end`. */
  list(ino: Ino, first: number, end: number, limit: number): ChunkRow[] {
    const rows = this.#connection
      .statement<[number, number, number, number], [number, number, number]>(RANGE)
      .all(ino, first, end, limit);
    return rows.map(([idx, blob, sound]) => {
      demandSound(sound, ino, idx);
      return { idx, blob: blob as BlobId };
    });
  }

  /** Chunks with an index from `first` to below `end`. */
  count(ino: Ino, first: number, end: number): number {
    const statement = this.#connection.statement<[number, number, number], [number]>(COUNT_RANGE);
    return statement.get(ino, first, end)?.[0] ?? 0;
  }

  /** Index of the first stored chunk at or after `idx`. */
  nextStored(ino: Ino, idx: number): number | undefined {
    const row = this.#connection
      .statement<[number, number], [idx: number, sound: number]>(NEXT)
      .get(ino, idx);
    if (row === undefined) return undefined;
    if (this.verifies) demandSound(row[1], ino, row[0]);
    return row[0];
  }

  /** Gives the chunks from `first` to below `end` to another inode. */
  move(ino: Ino, first: number, end: number, to: Ino): void {
    this.#demandAllSound(ino, first, end);
    this.#connection
      .statement<[number, number, number, number], never>(MOVE_RANGE)
      .run(to, ino, first, end);
  }

  /** Makes `to` reference every chunk of `from`. */
  shareAll(from: Ino, to: Ino): void {
    this.#demandAllSound(from, 0, CHUNK_INDEX_END);
    const shared = this.#connection.statement<[number], never>(SHARE_ALL).run(from).changes;
    const copied = this.#connection.statement<[number, number], never>(COPY_ALL).run(to, from);
    if (shared !== copied.changes) {
      throw damaged(`a count of references of the chunks of inode ${from} has a wrong sum`);
    }
  }

  /**
   * EIO unless the file has `rows` rows and all of their sums are right: then what has none is a hole.
   * `remembers`: only where nothing is rolled back, after which a version may come again.
   */
  demandAll(ino: Ino, version: number, rows: number, remembers: boolean): void {
    const proven = this.#proven;
    if (remembers && proven?.ino === ino && proven.version === version) return;
    const statement = this.#connection.statement<[number], [number, number]>(COUNT_SOUND);
    const [count, sound] = statement.get(ino) ?? [0, 0];
    if (count !== rows || sound !== rows) throw damaged(`a chunk of inode ${ino} is lost`);
    this.#proven = { ino, version };
  }

  /** Rows that are written anew get a new sum: it must not hide that the old one was wrong. */
  #demandAllSound(ino: Ino, first: number, end: number): void {
    const wrong = this.#connection
      .statement<[number, number, number], [number]>(WRONG)
      .get(ino, first, end);
    if (wrong !== undefined) demandSound(0, ino, wrong[0]);
  }
}

function demandSound(sound: unknown, ino: number, idx: number): void {
  if (sound !== 1) throw damaged(`the row of chunk ${idx} of inode ${ino} has a wrong sum`);
}

/** What is lost must not read as zeros. */
function present(data: Buffer | null): Buffer {
  if (data === null) throw errno('EIO');
  return data;
}
