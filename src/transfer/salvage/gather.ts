/**
 * Gathers the rows of all files out of the pages of a database. Content stays where it is: of a blob only
 * its place is kept, and its bytes are read when they are written.
 */
import { CHUNK_SIZE_BYTES_MIN } from '../../core/limits.js';
import type { RawPages } from '../../sqlite/raw/raw-pages.js';
import { parseRecord, type RawPayload, readPayload } from '../../sqlite/raw/raw-record.js';
import { parseTreePage, type RawCell } from '../../sqlite/raw/raw-tree.js';
import { isChunkSize } from '../../store/meta-table.js';
import { isLive, LivePageSearch, type LivePages } from './live-pages.js';
import { isProven } from './proof.js';
import {
  type BlobRow,
  type ChunkRow,
  type EntryRow,
  type FileRow,
  type InodeRow,
  keyRow,
  type SymlinkRow,
  tableRow,
} from './rows.js';

/** Number of a page and of a cell in it, as one number. */
type Place = number;
const CELLS_MAX = 65_536;
const CHUNK_SIZE_DEFAULT = 65_536;
/** Of the row of a blob, what is no content. */
const BLOB_HEADER_BYTES_MAX = 16;

export interface FoundChunk {
  readonly data: Buffer;
  /** Whether these are the bytes that were written. */
  readonly isProven: boolean;
}

/** Tells how far the gathering is. */
export type OnPage = (done: number, total: number) => void;

export class Gathered {
  readonly inodes: Map<number, InodeRow> = new Map();
  /** By directory, by name. */
  readonly entries: Map<number, Map<string, EntryRow>> = new Map();
  /** By inode, by index. */
  readonly chunks: Map<number, Map<number, ChunkRow>> = new Map();
  readonly symlinks: Map<number, SymlinkRow> = new Map();
  readonly xattrs: Map<number, Map<string, Buffer>> = new Map();
  /** Inodes with extended attributes whose sum is wrong: those are left out. */
  readonly damagedXattrs: Set<number> = new Set();
  readonly pages: RawPages;
  readonly live: LivePages;
  chunkSizeBytes: number = CHUNK_SIZE_DEFAULT;
  /** Rows and parts of pages that could not be read. */
  damagedCells = 0;
  readonly #blobs = new Map<number, Place>();
  #longestRow = 0;
  #isChunkSizeKnown = false;

  /** The caller closes it. */
  constructor(pages: RawPages, onPage: OnPage) {
    this.pages = pages;
    this.live = new LivePageSearch(pages).find();
    // What a tree leads to comes first and is not replaced by what is only found.
    for (const isReached of [true, false]) {
      for (let number = 1; number <= pages.count; number += 1) {
        if (this.live.reached.has(number) !== isReached) continue;
        if (isLive(pages, number, this.live)) this.#gather(number);
        onPage(number, pages.count);
      }
      if (!this.live.isBroken) break;
    }
    if (!this.#isChunkSizeKnown) this.chunkSizeBytes = this.#guessChunkSize();
  }

  /** All chunks but the last of a file are of the full size, unless they end in zeros. */
  #guessChunkSize(): number {
    let size = CHUNK_SIZE_BYTES_MIN;
    while (size < this.#longestRow - BLOB_HEADER_BYTES_MAX) size *= 2;
    return this.#longestRow === 0 ? CHUNK_SIZE_DEFAULT : size;
  }

  #gather(number: number): void {
    const bytes = this.pages.read(number);
    const page = bytes && parseTreePage(bytes, number, this.pages.usableBytes);
    if (page === undefined) return;
    this.damagedCells += page.damagedCells;
    page.cells.forEach((cell, index) => {
      const row = this.#rowOf(cell, page.kind === 'table');
      if (row === undefined) return;
      if (row.kind === 'blob') this.#longestRow = Math.max(this.#longestRow, cell.payloadBytes);
      this.#keep(row, number * CELLS_MAX + index);
    });
  }

  #rowOf(cell: RawCell, isTable: boolean): FileRow | undefined {
    // Of a blob only the beginning is looked at now; nothing else is so long.
    const isLong = isTable && cell.payloadBytes > cell.local.length;
    const payload: RawPayload = isLong
      ? { bytes: cell.local, isWhole: true }
      : readPayload(this.pages, cell);
    const values = payload.isWhole ? parseRecord(payload.bytes, cell.payloadBytes) : undefined;
    if (values === undefined) {
      if (!isLong) this.damagedCells += 1;
      return isLong ? this.#longRow(cell) : undefined;
    }
    const row = isTable ? tableRow(cell.rowid, values) : keyRow(values);
    // The text of a long link, and inline bytes, must be all there.
    return isLong && row?.kind !== 'blob' ? this.#longRow(cell) : row;
  }

  #longRow(cell: RawCell): FileRow | undefined {
    const { bytes, isWhole } = readPayload(this.pages, cell);
    const values = isWhole ? parseRecord(bytes, cell.payloadBytes) : undefined;
    if (values === undefined) this.damagedCells += 1;
    return values && tableRow(cell.rowid, values);
  }

  #keep(row: FileRow, place: Place): void {
    switch (row.kind) {
      case 'inode':
        keepNewer(this.inodes, row);
        break;
      case 'entry':
        keepIn(this.entries, row.parent, row.name, row);
        break;
      case 'chunk':
        keepIn(this.chunks, row.ino, row.idx, row);
        break;
      case 'blob':
        if (!this.#blobs.has(row.id)) this.#blobs.set(row.id, place);
        break;
      case 'symlink':
        if (!this.symlinks.has(row.ino)) this.symlinks.set(row.ino, row);
        break;
      case 'xattr':
        if (row.isSound) keepIn(this.xattrs, row.ino, row.name, row.value);
        else this.damagedXattrs.add(row.ino);
        break;
      case 'fact':
        if (row.key !== 'chunk_size_bytes' || !isChunkSize(row.value)) break;
        this.chunkSizeBytes = row.value;
        this.#isChunkSizeKnown = true;
    }
  }

  /** The bytes of a blob, as far as they are there; undefined when nothing is. */
  blob(id: number): FoundChunk | undefined {
    const place = this.#blobs.get(id);
    if (place === undefined) return undefined;
    const number = Math.floor(place / CELLS_MAX);
    const bytes = this.pages.read(number);
    const page = bytes && parseTreePage(bytes, number, this.pages.usableBytes);
    const cell = page?.cells[place % CELLS_MAX];
    if (cell === undefined) return undefined;
    const payload = readPayload(this.pages, cell);
    const values = parseRecord(payload.bytes, cell.payloadBytes);
    const row = values && (tableRow(cell.rowid, values) as BlobRow | undefined);
    if (row?.kind !== 'blob') return undefined;
    return { data: row.data, isProven: payload.isWhole && isProven(row.data, row.checksum) };
  }
}

function keepNewer(inodes: Map<number, InodeRow>, row: InodeRow): void {
  const before = inodes.get(row.ino);
  const isNewer = before === undefined || (row.isSound && before.version < row.version);
  if (isNewer) inodes.set(row.ino, row);
}

function keepIn<K, V>(outer: Map<number, Map<K, V>>, key: number, inner: K, value: V): void {
  const values = outer.get(key);
  if (values === undefined) outer.set(key, new Map([[inner, value]]));
  else if (!values.has(inner)) values.set(inner, value);
}
