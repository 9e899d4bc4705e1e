/**
 * Content of regular files: inline bytes, chunks and holes behind one interface of offsets.
 *
 * A file is in one of two forms. Inline: `inode.inline` holds its first bytes and it has no chunk.
 * Chunked: chunk 0 is `inode.head`, the others are rows of `chunk`; a missing chunk is a hole. A file
 * starts inline and becomes chunked when it outgrows `INLINE_BYTES_MAX`; it never goes back.
 *
 * The methods change `size`, `chunks`, `head` and `inlineBytes` of the inode object they are given and
 * the rows of content; the caller saves the inode. INVARIANT: bytes past `size` are never stored, so
 * that growing a file shows zeros.
 */
import { crc32c } from '../core/crc32c/crc32c.js';
import { patchedCrc32c } from '../core/crc32c/patched.js';
import { damaged, errno } from '../core/errno.js';
import type { BlobId, Ino } from '../core/ino.js';
import { FILE_SIZE_MAX, FREE_CHUNKS_AT_ONCE_MAX, INLINE_BYTES_MAX } from '../core/limits.js';
import type { Connection, SqlValue } from '../sqlite/connection.js';
import { BlobTable, verified } from './blob-table.js';
import { CHUNK_INDEX_END, ChunkTable } from './chunk-table.js';
import { copyPadded, overlay } from './content-bytes.js';
import type { Inode } from './inode-table.js';
import { EMPTY_CONTENT, type NewContent } from './new-content.js';

const INLINE = 'SELECT inline FROM inode WHERE ino = ?';
const INLINE_WITH_CHECKSUM = 'SELECT inline, inline_crc32c FROM inode WHERE ino = ?';
const SET_INLINE = 'UPDATE inode SET inline_crc32c = ?, inline = ? WHERE ino = ?';

interface LastChunk {
  readonly ino: Ino;
  readonly idx: number;
  readonly version: number;
  readonly data: Buffer | undefined;
}

export class Content {
  readonly chunkSizeBytes: number;
  /** One cell: bytes of content that were read. */
  tally: Float64Array = new Float64Array(1);
  #verifies = false;
  #keepsChunk = false;
  /** The last chunk of which a part was read; its bytes stay the same as long as the version does. */
  #lastChunk: LastChunk | undefined;
  readonly #connection: Connection;
  readonly #blobs: BlobTable;
  readonly #chunks: ChunkTable;

  constructor(connection: Connection, chunkSizeBytes: number) {
    this.chunkSizeBytes = chunkSizeBytes;
    this.#connection = connection;
    this.#blobs = new BlobTable(connection);
    this.#chunks = new ChunkTable(connection);
  }

  /**
   * From now on every read compares the checksum of what it touches, and the sums of its rows, and answers
   * EIO where one is wrong. The writer always does: part of a chunk, written anew with a new checksum, would
   * make damage look like what was written. `keepsChunk`: only where nothing is rolled back, after which a
   * version may come again with other bytes.
   */
  verifyReads(keepsChunk: boolean): void {
    this.#verifies = true;
    this.#keepsChunk = keepsChunk;
    this.#blobs.verifies = true;
    this.#chunks.verifies = true;
  }

  // --- reading -----------------------------------------------------------------------------------

  /** Bytes from `offset`, at most `length`; fewer at the end of the file. The buffer is the caller's. */
  read(inode: Inode, offset: number, length: number): Buffer {
    if (this.#verifies) this.#checkSize(inode);
    const wanted = Math.min(length, inode.size - offset);
    if (wanted <= 0) return Buffer.alloc(0);
    const whole = this.#readStored(inode, offset, wanted);
    if (whole !== undefined) {
      this.#count(wanted);
      return whole;
    }
    const target = Buffer.allocUnsafeSlow(wanted);
    this.readInto(inode, offset, target);
    return target;
  }

  /** The bytes as SQLite returned them, when they are one row and need no padding: saves a copy. */
  #readStored(inode: Inode, offset: number, length: number): Buffer | undefined {
    if (offset !== 0 || length > this.chunkSizeBytes) return undefined;
    let stored: Buffer | undefined;
    if (inode.head !== null) {
      stored = length < inode.size ? undefined : this.#blobs.data(inode.head);
    } else if (inode.inlineBytes > 0) stored = this.#inline(inode);
    return stored?.length === length ? stored : undefined;
  }

  /**
   * Fills `target` with the bytes from `offset` and returns how many there were; the rest of `target`
   * is left as it is.
   */
  readInto(inode: Inode, offset: number, target: Uint8Array): number {
    if (this.#verifies) this.#checkSize(inode);
    const length = Math.max(0, Math.min(target.length, inode.size - offset));
    if (length === 0) return 0;
    const view = target.subarray(0, length);
    if (inode.chunks === 0) this.#readInline(inode, offset, view);
    else this.#readChunks(inode, offset, view);
    this.#count(length);
    return length;
  }

  /** A size that is too small for what is stored would hide it. */
  #checkSize({ ino, size, chunks, inlineBytes }: Inode): void {
    if (inlineBytes <= size && chunks <= Math.ceil(size / this.chunkSizeBytes)) return;
    throw damaged(`more is stored of inode ${ino} than its size says`);
  }

  #count(bytes: number): void {
    this.tally[0] = (this.tally[0] as number) + bytes;
  }

  #readInline(inode: Inode, offset: number, target: Uint8Array): void {
    const stored = inode.inlineBytes > offset ? this.#inline(inode).subarray(offset) : undefined;
    copyPadded(stored, target);
  }

  // Chunk by chunk: fetching many rows at once was slower, because the copies out of them then come
  // from memory that the processor's cache has lost again.
  #readChunks(inode: Inode, offset: number, target: Uint8Array): void {
    const size = this.chunkSizeBytes;
    let done = 0;
    while (done < target.length) {
      const idx = Math.floor((offset + done) / size);
      const within = offset + done - idx * size;
      const end = Math.min(done + size - within, target.length);
      this.#readPart(inode, idx, within, target.subarray(done, end));
      done = end;
    }
  }

  /** Part of one chunk: only the wanted bytes leave SQLite when they are few. */
  #readPart(inode: Inode, idx: number, within: number, target: Uint8Array): void {
    const few = target.length <= this.chunkSizeBytes / 2;
    let stored: Buffer | undefined;
    if (!few) stored = this.#dataOf(inode, idx)?.subarray(within);
    else if (this.#keepsChunk) stored = this.#verifiedChunk(inode, idx)?.subarray(within);
    else stored = this.#partOf(inode, idx, within, target.length);
    copyPadded(stored, target);
  }

  /** A checksum is that of a whole chunk: it is kept for the next part, which is often asked for next. */
  #verifiedChunk(inode: Inode, idx: number): Buffer | undefined {
    const { ino, version } = inode;
    const last = this.#lastChunk;
    if (last?.ino === ino && last.idx === idx && last.version === version) return last.data;
    const data = this.#dataOf(inode, idx);
    this.#lastChunk = { ino, idx, version, data };
    return data;
  }

  #dataOf(inode: Inode, idx: number): Buffer | undefined {
    const data = this.#storedOf(inode, idx);
    // The bytes may be right and the size not: then they end where it says, and nobody would know.
    if (this.#verifies && (data?.length ?? 0) > Math.max(0, this.#bytesIn(inode, idx))) {
      throw damaged(`the size of inode ${inode.ino} or its chunk ${idx} is wrong`);
    }
    return data;
  }

  #storedOf(inode: Inode, idx: number): Buffer | undefined {
    if (idx > 0) return this.#chunks.data(inode.ino, idx) ?? this.#hole(inode);
    return inode.head === null ? undefined : this.#blobs.data(inode.head);
  }

  /** A row that is lost, or has got another index, would be read as a hole. */
  #hole(inode: Inode): undefined {
    const rows = inode.chunks - (inode.head === null ? 0 : 1);
    if (this.#verifies) this.#chunks.demandAll(inode.ino, inode.version, rows, this.#keepsChunk);
  }

  #partOf(inode: Inode, idx: number, within: number, length: number): Buffer | undefined {
    if (idx > 0) return this.#chunks.part(inode.ino, idx, within, length);
    return inode.head === null ? undefined : this.#blobs.part(inode.head, within, length);
  }

  #blobAt(inode: Inode, idx: number): BlobId | undefined {
    if (idx === 0) return inode.head ?? undefined;
    return this.#chunks.blobOf(inode.ino, idx);
  }

  #inline(inode: Inode): Buffer {
    if (this.#verifies) return this.#verifiedInline(inode.ino);
    const statement = this.#connection.statement<[number], [Buffer | null]>(INLINE);
    return statement.get(inode.ino)?.[0] ?? Buffer.alloc(0);
  }

  #verifiedInline(ino: Ino): Buffer {
    const statement = this.#connection.statement<[number], [Buffer | null, number | null]>(
      INLINE_WITH_CHECKSUM,
    );
    const [data, sum] = statement.get(ino) ?? [null, null];
    if (data === null) return Buffer.alloc(0);
    return verified(data, sum, `the content of inode ${ino}`);
  }

  /**
   * First offset at or after `offset` that holds stored bytes, or undefined when only a hole follows:
   * the grain is a chunk.
   */
  nextData(inode: Inode, offset: number): number | undefined {
    if (offset >= inode.size) return undefined;
    if (inode.chunks === 0) return offset < inode.inlineBytes ? offset : undefined;
    const idx = Math.floor(offset / this.chunkSizeBytes);
    if (this.#blobAt(inode, idx) !== undefined) return offset;
    const next = this.#chunks.nextStored(inode.ino, Math.max(idx, 1));
    return next === undefined ? undefined : next * this.chunkSizeBytes;
  }

  /** First offset at or after `offset` in a hole; the end of the file counts as one. */
  nextHole(inode: Inode, offset: number): number {
    if (inode.chunks === 0) return Math.max(offset, inode.inlineBytes);
    let idx = Math.floor(offset / this.chunkSizeBytes);
    if (this.#blobAt(inode, idx) === undefined) return offset;
    do idx += 1;
    while (idx * this.chunkSizeBytes < inode.size && this.#blobAt(inode, idx) !== undefined);
    return Math.min(idx * this.chunkSizeBytes, inode.size);
  }

  // --- writing (writer thread only) --------------------------------------------------------------

  /** Stores the first chunk of a file that is about to be created; `writeRest` does the others. */
  create(data: Uint8Array): NewContent {
    if (data.length === 0) return EMPTY_CONTENT;
    if (data.length <= INLINE_BYTES_MAX) {
      const inlineCrc32c = crc32c(data);
      return { size: data.length, chunks: 0, head: null, inlineCrc32c, inline: data };
    }
    const head = data.length > this.chunkSizeBytes ? data.subarray(0, this.chunkSizeBytes) : data;
    const blob = this.#blobs.insert(head);
    return { size: head.length, chunks: 1, head: blob, inlineCrc32c: null, inline: null };
  }

  /** Writes `data` at `offset`; a gap between the end of the file and `offset` becomes a hole. */
  write(inode: Inode, offset: number, data: Uint8Array): void {
    if (data.length === 0) return;
    const end = offset + data.length;
    if (end > FILE_SIZE_MAX) throw errno('EFBIG');
    if (inode.chunks === 0 && end <= INLINE_BYTES_MAX) this.#writeInline(inode, offset, data);
    else this.#writeChunks(inode, offset, data);
    inode.size = Math.max(inode.size, end);
  }

  #writeInline(inode: Inode, offset: number, data: Uint8Array): void {
    const old = inode.inlineBytes > 0 ? this.#inline(inode) : undefined;
    this.#setInline(inode, overlay(old, offset, data));
  }

  #setInline(inode: Inode, data: Uint8Array | null): void {
    this.#connection
      .statement<SqlValue[], never>(SET_INLINE)
      .run(data === null ? null : crc32c(data), data, inode.ino);
    inode.inlineBytes = data?.length ?? 0;
  }

  #writeChunks(inode: Inode, offset: number, data: Uint8Array): void {
    if (inode.inlineBytes > 0) this.#promote(inode);
    const size = this.chunkSizeBytes;
    let done = 0;
    while (done < data.length) {
      const idx = Math.floor((offset + done) / size);
      const within = offset + done - idx * size;
      const piece = data.subarray(done, done + Math.min(size - within, data.length - done));
      this.#writeChunk(inode, idx, within, piece);
      done += piece.length;
    }
  }

  /** From inline to chunked. */
  #promote(inode: Inode): void {
    const data = this.#inline(inode);
    this.#setInline(inode, null);
    inode.head = this.#blobs.insert(data);
    inode.chunks = 1;
  }

  #writeChunk(inode: Inode, idx: number, within: number, piece: Uint8Array): void {
    const blob = this.#blobAt(inode, idx);
    if (blob === undefined) {
      this.#attach(inode, idx, this.#blobs.insert(overlay(undefined, within, piece)));
      inode.chunks += 1;
      return;
    }
    if (within === 0 && piece.length >= this.#bytesIn(inode, idx)) {
      this.#rewrite(inode, idx, blob, piece);
      return;
    }
    const { data, sum } = this.#blobs.checked(blob);
    const newSum = this.#sumWith(data, sum, within, piece);
    this.#rewrite(inode, idx, blob, overlay(data, within, piece), newSum);
  }

  /** The checksum after the change, from that before; undefined where that of all bytes is no dearer. */
  #sumWith(data: Buffer, sum: number, within: number, piece: Uint8Array): number | undefined {
    const end = within + piece.length;
    // Two checksums of the piece stand for one of all.
    if (end > data.length || 2 * piece.length > data.length) return undefined;
    const before = crc32c(data.subarray(within, end));
    return patchedCrc32c(sum, before, crc32c(piece), data.length - end);
  }

  /** Most bytes that a chunk may hold: none are stored past the size. */
  #bytesIn(inode: Inode, idx: number): number {
    return Math.min(this.chunkSizeBytes, inode.size - idx * this.chunkSizeBytes);
  }

  /** Gives chunk `idx` other bytes: in place, or in a blob of its own when the old one is shared. */
  #rewrite(inode: Inode, idx: number, blob: BlobId, data: Uint8Array, sum?: number): void {
    if (!this.#blobs.isShared(blob)) {
      this.#blobs.update(blob, data, sum);
      return;
    }
    this.#blobs.release(blob);
    const own = this.#blobs.insert(data, sum);
    if (idx === 0) inode.head = own;
    else this.#chunks.replace(inode.ino, idx, own);
  }

  #attach(inode: Inode, idx: number, blob: BlobId): void {
    if (idx === 0) inode.head = blob;
    else this.#chunks.insert(inode.ino, idx, blob);
  }

  /**
   * Sets the size; growing makes a hole, shrinking frees chunks. Where many are to be freed they go to
   * the inode that `makeOrphan` supplies, for the reaper, so that this commit stays short.
   */
  truncate(inode: Inode, size: number, makeOrphan: () => Inode): void {
    if (size > FILE_SIZE_MAX) throw errno('EFBIG');
    if (size < inode.size) {
      if (inode.inlineBytes > size) this.#cutInline(inode, size);
      if (inode.chunks > 0) this.#cutChunks(inode, size, makeOrphan);
    }
    inode.size = size;
  }

  #cutInline(inode: Inode, size: number): void {
    this.#setInline(inode, size === 0 ? null : this.#inline(inode).subarray(0, size));
  }

  #cutChunks(inode: Inode, size: number, makeOrphan: () => Inode): void {
    const keep = Math.ceil(size / this.chunkSizeBytes);
    this.#freeChunks(inode, keep, CHUNK_INDEX_END, makeOrphan);
    if (keep > 0) this.#cutLastChunk(inode, keep - 1, size - (keep - 1) * this.chunkSizeBytes);
  }

  /** Makes a hole of the chunks from `first` to below `end`. */
  #freeChunks(inode: Inode, first: number, end: number, makeOrphan: () => Inode): void {
    const firstRow = Math.max(first, 1);
    const hasRows = inode.chunks > (inode.head === null ? 0 : 1);
    const count = hasRows ? this.#chunks.count(inode.ino, firstRow, end) : 0;
    if (count > FREE_CHUNKS_AT_ONCE_MAX) {
      const orphan = makeOrphan();
      this.#chunks.move(inode.ino, firstRow, end, orphan.ino);
      orphan.chunks += count;
      inode.chunks -= count;
    } else if (count > 0) this.#freeRows(inode, firstRow, end, count);
    if (first === 0 && end > 0) this.#freeHead(inode);
  }

  /**
   * Makes the bytes from `start` to below `end` zeros, whole chunks of them a hole. The size stays. For
   * `makeOrphan` see `truncate`.
   */
  zero(inode: Inode, start: number, end: number, makeOrphan: () => Inode): void {
    if (inode.inlineBytes > start) {
      const data = this.#inline(inode);
      this.#setInline(inode, data.fill(0, start, Math.min(end, data.length)));
    }
    if (inode.chunks === 0 || start >= end) return;
    const size = this.chunkSizeBytes;
    const first = Math.ceil(start / size);
    const last = Math.floor(end / size);
    if (first > last) {
      this.#zeroPart(inode, last, start - last * size, end - last * size);
      return;
    }
    this.#zeroPart(inode, first - 1, start - (first - 1) * size, size);
    this.#freeChunks(inode, first, last, makeOrphan);
    this.#zeroPart(inode, last, 0, end - last * size);
  }

  /** Bytes within one chunk; those past the end of its data are zeros already. */
  #zeroPart(inode: Inode, idx: number, start: number, end: number): void {
    if (idx < 0 || start >= end || start >= this.chunkSizeBytes) return;
    const blob = this.#blobAt(inode, idx);
    if (blob === undefined) return;
    const data = this.#blobs.data(blob);
    if (start >= data.length) return;
    // What would end in zeros is stored without them.
    const left = end >= data.length ? data.subarray(0, start) : data.fill(0, start, end);
    if (left.length > 0) this.#rewrite(inode, idx, blob, left);
    else if (idx === 0) this.#freeHead(inode);
    else this.#freeRows(inode, idx, idx + 1, 1);
  }

  /**
   * Copies bytes of `from` into `to`, by reference where whole chunks are asked for and both offsets are
   * equally far into one. The range lies within `from`; the two do not overlap.
   */
  copyRange(from: Inode, start: number, to: Inode, offset: number, length: number): void {
    if (offset + length > FILE_SIZE_MAX) throw errno('EFBIG');
    const size = this.chunkSizeBytes;
    const mayShare = (start - offset) % size === 0 && from.chunks > 0;
    for (let done = 0; done < length; ) {
      const within = (offset + done) % size;
      const count = Math.min(size - within, length - done);
      // A chunk that ends with its file may be shared where the other file ends there, too.
      const isWhole =
        within === 0 && (count === size || this.#endsBoth(from, start, to, offset, length));
      if (mayShare && isWhole) {
        this.#shareChunk(from, (start + done) / size, to, (offset + done) / size);
        to.size = Math.max(to.size, offset + done + count);
      } else this.write(to, offset + done, this.read(from, start + done, count));
      done += count;
    }
  }

  #endsBoth(from: Inode, start: number, to: Inode, offset: number, length: number): boolean {
    return start + length === from.size && offset + length >= to.size;
  }

  #shareChunk(from: Inode, fromIdx: number, to: Inode, idx: number): void {
    if (to.inlineBytes > 0) this.#promote(to);
    const blob = this.#blobAt(from, fromIdx);
    const old = this.#blobAt(to, idx);
    if (blob === old) return;
    if (blob !== undefined) this.#blobs.share(blob);
    if (old !== undefined) {
      this.#blobs.release(old);
      if (idx > 0) this.#chunks.delete(to.ino, idx);
      else to.head = null;
      to.chunks -= 1;
    }
    if (blob === undefined) return;
    this.#attach(to, idx, blob);
    to.chunks += 1;
  }

  #cutLastChunk(inode: Inode, idx: number, length: number): void {
    if (length === this.chunkSizeBytes) return;
    const blob = this.#blobAt(inode, idx);
    if (blob === undefined) return;
    const data = this.#blobs.data(blob);
    if (data.length > length) {
      this.#rewrite(inode, idx, blob, data.subarray(0, length));
    }
  }

  #freeRows(inode: Inode, first: number, end: number, limit: number): number {
    const rows = this.#chunks.list(inode.ino, first, end, limit);
    for (const { idx, blob } of rows) {
      this.#chunks.delete(inode.ino, idx);
      this.#blobs.release(blob);
    }
    inode.chunks -= rows.length;
    return rows.length;
  }

  #freeHead(inode: Inode): void {
    if (inode.head === null) return;
    this.#blobs.release(inode.head);
    inode.head = null;
    inode.chunks -= 1;
  }

  /** Frees up to `limit` chunks of an inode that is going; true when none is left. */
  free(inode: Inode, limit: number): boolean {
    let freed = 0;
    if (inode.chunks > (inode.head === null ? 0 : 1)) {
      freed = this.#freeRows(inode, 1, CHUNK_INDEX_END, limit);
    }
    if (freed < limit) this.#freeHead(inode);
    return inode.chunks === 0;
  }

  /** Makes the empty file `to` hold what `from` holds, by reference. */
  share(from: Inode, to: Inode): void {
    if (from.inlineBytes > 0) this.#setInline(to, this.#inline(from));
    if (from.head !== null) {
      this.#blobs.share(from.head);
      to.head = from.head;
    }
    if (from.chunks > (from.head === null ? 0 : 1)) this.#chunks.shareAll(from.ino, to.ino);
    to.chunks = from.chunks;
    to.size = from.size;
  }
}
