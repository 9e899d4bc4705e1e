/**
 * The pages of a database file, read without SQLite: from the file, or from its log where that has a
 * newer image. Never writes, takes no lock, and makes no file beside it.
 *
 * INVARIANT: no connection of this process has the file open; closing the descriptor would drop its locks.
 *
 * Format: https://sqlite.org/fileformat2.html
 */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { lockPage } from '../file-header.js';
import { type LogState, RawLog } from './raw-log.js';
import { parseTreePage } from './raw-tree.js';
import { readAt } from './read-at.js';

const HEADER_BYTES = 100;
const MAGIC = 'SQLite format 3\0';
const PAGE_SIZE_MIN = 512;
const PAGE_SIZE_MAX = 65_536;
/** In the header a size that does not fit into two bytes. */
const PAGE_SIZE_MAX_CODE = 1;
const USABLE_BYTES_MIN = 480;
/** Sizes that a volume may have, tried where the header does not tell. */
const GUESSES = [8192, 4096, 16_384, 32_768, 65_536] as const;
const GUESSED_FROM_PAGES = 64;

/** What a page is, as the map says that a database with auto-vacuum keeps of its pages. */
export type PageKind = 'root' | 'free' | 'overflow' | 'tree' | 'map' | 'lock' | 'unknown';

const KINDS: readonly PageKind[] = ['unknown', 'root', 'free', 'overflow', 'overflow', 'tree'];
const MAP_ENTRY_BYTES = 5;

export interface PageFacts {
  readonly kind: PageKind;
  /** The page that leads to it; 0 when that is not known. */
  readonly parent: number;
}

const UNKNOWN: PageFacts = { kind: 'unknown', parent: 0 };

function isPowerOfTwo(value: number): boolean {
  return value > 0 && Number.isInteger(Math.log2(value));
}

function pageSizeIn(header: Buffer): number {
  const code = header.readUInt16BE(16);
  const size = code === PAGE_SIZE_MAX_CODE ? PAGE_SIZE_MAX : code;
  return isPowerOfTwo(size) && size >= PAGE_SIZE_MIN ? size : 0;
}

/** Whether the bytes are a page of a tree whose first row ends where the page does, as it is written. */
function fillsItsPage(bytes: Buffer, size: number): boolean {
  const page = parseTreePage(bytes, 0, size);
  if (page === undefined || page.damagedCells > 0) return false;
  return page.cells.some(({ local, overflow }) => {
    const end = local.byteOffset - bytes.byteOffset + local.length + (overflow === 0 ? 0 : 4);
    return end === size;
  });
}

/** The size with which most pages are pages of a tree. */
function guessPageSize(fd: number, fileBytes: number): number {
  let [best, bestShare] = [0, 0];
  for (const size of GUESSES) {
    const pages = Math.min(GUESSED_FROM_PAGES, Math.floor(fileBytes / size));
    let trees = 0;
    for (let page = 1; page < pages; page += 1) {
      const bytes = readAt(fd, page * size, size);
      if (bytes !== undefined && fillsItsPage(bytes, size)) trees += 1;
    }
    const share = pages < 2 ? 0 : trees / (pages - 1);
    if (share > bestShare) [best, bestShare] = [size, share];
  }
  return best;
}

export class RawPages {
  readonly pageSizeBytes: number;
  /** Bytes of a page that hold something. */
  readonly usableBytes: number;
  /** Pages of the database. */
  readonly count: number;
  readonly #fd: number;
  readonly #log: RawLog | undefined;
  readonly #hasMap: boolean;
  #map: { readonly page: number; readonly bytes: Buffer | undefined } | undefined;

  private constructor(fd: number, path: string) {
    this.#fd = fd;
    const fileBytes = fstatSync(fd).size;
    const header = readAt(fd, 0, HEADER_BYTES);
    const isSound = header?.subarray(0, MAGIC.length).toString('latin1') === MAGIC;
    const stated = header === undefined ? 0 : pageSizeIn(header);
    const known = isSound && stated > 0 ? stated : guessPageSize(fd, fileBytes) || stated;
    this.#log = RawLog.open(path, known);
    this.pageSizeBytes = known || this.#log?.pageSizeBytes || (GUESSES[0] as number);
    const first = this.#log?.read(1) ?? header;
    const reserved = isSound && first !== undefined && first !== null ? (first[20] as number) : 0;
    const usable = this.pageSizeBytes - reserved;
    this.usableBytes = usable >= USABLE_BYTES_MIN ? usable : this.pageSizeBytes;
    this.count = this.#log?.pages ?? Math.ceil(fileBytes / this.pageSizeBytes);
    // Ours keep the map; where the header is lost it is looked at all the same.
    this.#hasMap = !isSound || first === undefined || first === null || first.readUInt32BE(52) > 0;
  }

  static open(path: string): RawPages {
    const fd = openSync(path, 'r');
    try {
      return new RawPages(fd, path);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  close(): void {
    this.#log?.close();
    closeSync(this.#fd);
  }

  get log(): LogState | undefined {
    return this.#log?.state;
  }

  /** A page by its number, from 1; undefined when it is lost. */
  read(page: number): Buffer | undefined {
    if (!Number.isInteger(page) || page < 1 || page > this.count) return undefined;
    const logged = this.#log?.read(page);
    if (logged !== undefined) return logged ?? undefined;
    return readAt(this.#fd, (page - 1) * this.pageSizeBytes, this.pageSizeBytes);
  }

  /** What the map says of a page. */
  facts(page: number): PageFacts {
    if (page === lockPage(this.pageSizeBytes)) return { kind: 'lock', parent: 0 };
    if (page === 1) return { kind: 'root', parent: 0 };
    if (!this.#hasMap) return UNKNOWN;
    const map = this.#mapPageOf(page);
    if (map === page) return { kind: 'map', parent: 0 };
    if (this.#map?.page !== map) this.#map = { page: map, bytes: this.read(map) };
    const at = (page - map - 1) * MAP_ENTRY_BYTES;
    const bytes = this.#map.bytes;
    if (bytes === undefined || at + MAP_ENTRY_BYTES > bytes.length) return UNKNOWN;
    const kind = KINDS[bytes[at] as number] ?? 'unknown';
    return { kind, parent: bytes.readUInt32BE(at + 1) };
  }

  /** Number of the page of the map that has the entry of `page`; that page itself for one of the map. */
  #mapPageOf(page: number): number {
    const perMap = Math.floor(this.usableBytes / MAP_ENTRY_BYTES) + 1;
    const map = Math.floor((page - 2) / perMap) * perMap + 2;
    return map === lockPage(this.pageSizeBytes) ? map + 1 : map;
  }

  /** Pages that the list of free ones leads to, as far as it can be followed. */
  freePages(): Set<number> {
    const free = new Set<number>();
    const header = this.read(1);
    let trunk = header?.readUInt32BE(32) ?? 0;
    while (trunk !== 0 && !free.has(trunk)) {
      const bytes = this.read(trunk);
      if (bytes === undefined) break;
      const leaves = bytes.readUInt32BE(4);
      if (leaves > this.usableBytes / 4 - 2) break;
      free.add(trunk);
      for (let index = 0; index < leaves; index += 1) free.add(bytes.readUInt32BE(8 + 4 * index));
      trunk = bytes.readUInt32BE(0);
    }
    return free;
  }
}
