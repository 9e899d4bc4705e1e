/**
 * What repairs are made of. Writer thread only, inside the one transaction of a repair, foreign keys
 * off: rows are put in order one kind after the other.
 */
import { crc32c } from '../../core/crc32c/crc32c.js';
import type { BlobId, Ino } from '../../core/ino.js';
import { S_IFREG } from '../../core/mode.js';
import type { OpContext } from '../../ops/context.js';
import type { Connection, SqlValue } from '../../sqlite/connection.js';
import { BlobTable } from '../../store/blob-table.js';
import { CHUNK_INDEX_END, ChunkTable } from '../../store/chunk-table.js';
import type { NewInode } from '../../store/inode-table.js';
import { LostAndFound } from './lost-and-found.js';

const BLOB = 'SELECT crc32c, data FROM blob WHERE id = ?';
// Where stored content ends: chunk 0, the last row of chunk, or the inline bytes.
const STORED_END = `
  SELECT max(
    coalesce(length(i.inline), 0),
    coalesce((SELECT length(b.data) FROM blob AS b WHERE b.id = i.head), 0),
    coalesce((SELECT c.idx * CAST(? AS INTEGER) + coalesce(
                (SELECT length(b.data) FROM blob AS b WHERE b.id = c.blob), 0)
              FROM chunk AS c WHERE c.ino = i.ino ORDER BY c.idx DESC LIMIT 1), 0))
  FROM inode AS i WHERE i.ino = ?`;
const SET_SIZE = 'UPDATE inode SET size = ?, version = max(version, 0) + 1 WHERE ino = ?';

const SALVAGED_MODE: number = S_IFREG | 0o600;

/** Bytes that are to be kept in a file of their own. */
export type Salvage = Pick<NewInode, 'chunks' | 'head' | 'inlineCrc32c' | 'inline'> & {
  /** Whose rows of `chunk` go along. */
  readonly chunksOf?: number;
};

export class Fixer {
  readonly ctx: OpContext;
  readonly connection: Connection;
  readonly blobs: BlobTable;
  readonly chunks: ChunkTable;
  readonly chunkSizeBytes: number;
  readonly lostAndFound: LostAndFound;

  constructor(ctx: OpContext) {
    this.ctx = ctx;
    this.connection = ctx.store.connection;
    this.blobs = new BlobTable(this.connection);
    this.chunks = new ChunkTable(this.connection);
    this.chunkSizeBytes = ctx.store.facts.chunkSizeBytes;
    this.lostAndFound = new LostAndFound(ctx);
  }

  run(sql: string, ...parameters: SqlValue[]): void {
    this.connection.statement<SqlValue[], never>(sql).run(...parameters);
  }

  all<R>(sql: string, ...parameters: SqlValue[]): R[] {
    return this.connection.statement<SqlValue[], R>(sql).all(...parameters);
  }

  get<R>(sql: string, ...parameters: SqlValue[]): R | undefined {
    return this.connection.statement<SqlValue[], R>(sql).get(...parameters);
  }

  /**
   * The first `length` bytes of a blob with a checksum of their own; undefined when the old checksum is
   * wrong: a new one would hide the damage.
   */
  #shortened(id: BlobId, length: number): Buffer | undefined {
    const row = this.get<[number, Buffer]>(BLOB, id);
    if (row === undefined || crc32c(row[1]) !== row[0]) return undefined;
    return row[1].subarray(0, length);
  }

  /** Cuts a blob for everybody who references it. */
  cutBlob(id: BlobId, length: number): boolean {
    const data = this.#shortened(id, length);
    if (data === undefined) return false;
    this.blobs.update(id, data);
    return true;
  }

  /** Cuts one chunk of one file; others that share the blob keep theirs. */
  cutChunk(ino: number, idx: number, id: BlobId, length: number): boolean {
    if (!this.blobs.isShared(id)) return this.cutBlob(id, length);
    const data = this.#shortened(id, length);
    if (data === undefined) return false;
    this.blobs.release(id);
    const own = this.blobs.insert(data);
    if (idx > 0) this.chunks.replace(ino as Ino, idx, own);
    else this.run('UPDATE inode SET head = ?, version = version + 1 WHERE ino = ?', own, ino);
    return true;
  }

  /** Takes the rows of chunk from `first` on away, and what only they reference. */
  dropChunks(ino: number, first: number): void {
    const AT_ONCE = 1000;
    for (;;) {
      const rows = this.chunks.list(ino as Ino, first, CHUNK_INDEX_END, AT_ONCE);
      for (const { idx, blob } of rows) {
        this.chunks.delete(ino as Ino, idx);
        this.blobs.release(blob);
      }
      if (rows.length < AT_ONCE) return;
    }
  }

  /** Sets the size to where the stored bytes end. */
  sizeFromContent(ino: number): void {
    const end = this.get<[number]>(STORED_END, this.chunkSizeBytes, ino)?.[0] ?? 0;
    this.run(SET_SIZE, end, ino);
  }

  setSize(ino: number, size: number): void {
    this.run(SET_SIZE, size, ino);
  }

  /** Gives bytes that belong nowhere a file in the lost and found. */
  salvage({ chunksOf, ...content }: Salvage): void {
    const { store, now } = this.ctx;
    const ino = store.inodes.insert({
      ...content,
      mode: SALVAGED_MODE,
      nlink: 1,
      uid: 0,
      gid: 0,
      rdev: 0,
      size: 0,
      atime: now,
      mtime: now,
      ctime: now,
      parent: null,
    });
    if (chunksOf !== undefined) {
      this.chunks.move(chunksOf as Ino, 1, CHUNK_INDEX_END, ino);
    }
    this.sizeFromContent(ino);
    this.lostAndFound.name(ino);
  }
}
