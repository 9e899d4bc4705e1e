/** Replies and notifications as bytes: a header, and what belongs to it. */
import { FILE_TYPE_SHIFT } from './flags.js';
import type { Struct } from './struct.js';
import { DIRENT, ENTRY_OUT, OUT_HEADER } from './structs.js';

/** A buffer with a view of its bytes, so that neither is made for each reply. */
export interface Page {
  readonly buffer: Buffer;
  readonly view: DataView;
}

export function createPage(sizeBytes: number): Page {
  const buffer = Buffer.alloc(sizeBytes);
  return { buffer, view: new DataView(buffer.buffer, buffer.byteOffset, sizeBytes) };
}

function encodeHeader({ view }: Page, len: number, error: number, unique: number): void {
  OUT_HEADER.encode(view, 0, { len, error, unique });
}

/** A reply that is an errno, given as a positive number; 0: done. Returns its length in bytes. */
export function encodeError(page: Page, unique: number, errno: number): number {
  encodeHeader(page, OUT_HEADER.sizeBytes, errno === 0 ? 0 : -errno, unique);
  return OUT_HEADER.sizeBytes;
}

/** A reply that is a struct. */
export function encodeStruct<N extends string>(
  page: Page,
  unique: number,
  struct: Struct<N>,
  values: Readonly<Record<N, number>>,
): number {
  const length = OUT_HEADER.sizeBytes + struct.sizeBytes;
  struct.encode(page.view, OUT_HEADER.sizeBytes, values);
  encodeHeader(page, length, 0, unique);
  return length;
}

/** A reply of an entry followed by another struct: CREATE. */
export function encodeStructs<A extends string, B extends string>(
  page: Page,
  unique: number,
  first: readonly [Struct<A>, Readonly<Record<A, number>>],
  second: readonly [Struct<B>, Readonly<Record<B, number>>],
): number {
  const at = OUT_HEADER.sizeBytes + first[0].sizeBytes;
  first[0].encode(page.view, OUT_HEADER.sizeBytes, first[1]);
  second[0].encode(page.view, at, second[1]);
  const length = at + second[0].sizeBytes;
  encodeHeader(page, length, 0, unique);
  return length;
}

/** Where the bytes of a reply that is bytes begin in its page. */
export const BYTES_AT: number = OUT_HEADER.sizeBytes;

/** A reply whose `count` bytes are in the page already, from `BYTES_AT`. */
export function encodeFilled(page: Page, unique: number, count: number): number {
  encodeHeader(page, BYTES_AT + count, 0, unique);
  return BYTES_AT + count;
}

/** A reply that is bytes: the target of a link, the value of an attribute. */
export function encodeBytes(page: Page, unique: number, bytes: Uint8Array): number {
  page.buffer.set(bytes, BYTES_AT);
  return encodeFilled(page, unique, bytes.length);
}

/** A notification; `code` is one of the kernel's FUSE_NOTIFY_ codes. `name` is ended by NUL. */
export function encodeNotification<N extends string>(
  page: Page,
  code: number,
  struct: Struct<N>,
  values: Readonly<Record<N, number>>,
  name?: Uint8Array,
): number {
  let length = OUT_HEADER.sizeBytes + struct.sizeBytes;
  struct.encode(page.view, OUT_HEADER.sizeBytes, values);
  if (name !== undefined) {
    page.buffer.set(name, length);
    page.buffer[length + name.length] = 0;
    length += name.length + 1;
  }
  encodeHeader(page, length, code, 0);
  return length;
}

/** A notification that says everything by its code. */
export function encodeEmptyNotification(page: Page, code: number): number {
  encodeHeader(page, OUT_HEADER.sizeBytes, code, 0);
  return OUT_HEADER.sizeBytes;
}

const ALIGNMENT = 8;

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

type Values<S> = S extends Struct<infer N> ? Readonly<Record<N, number>> : never;
export type EntryValues = Values<typeof ENTRY_OUT>;

/** What an entry takes in a reply to READDIR, with `isPlus` to READDIRPLUS. */
export function directoryEntryBytes(nameBytes: number, isPlus: boolean): number {
  return aligned((isPlus ? ENTRY_OUT.sizeBytes : 0) + DIRENT.sizeBytes + nameBytes);
}

/** Fills a reply to READDIR or READDIRPLUS with as many entries as the caller has room for. */
export class DirectoryReply {
  readonly #page: Page;
  readonly #end: number;
  #at = BYTES_AT;

  /** `size` is what the caller asked for, in bytes. */
  constructor(page: Page, size: number) {
    this.#page = page;
    this.#end = BYTES_AT + size;
  }

  get roomBytes(): number {
    return this.#end - this.#at;
  }

  /**
   * Adds an entry; false, and nothing added, when there is no room left. `off` is what the caller gives
   * to go on after it; `entry` makes it one of READDIRPLUS.
   */
  add(ino: number, off: number, mode: number, name: Uint8Array, entry?: EntryValues): boolean {
    const { view, buffer } = this.#page;
    const entryBytes = entry === undefined ? 0 : ENTRY_OUT.sizeBytes;
    const next = this.#at + directoryEntryBytes(name.length, entry !== undefined);
    if (next > this.#end) return false;
    if (entry !== undefined) ENTRY_OUT.encode(view, this.#at, entry);
    const at = this.#at + entryBytes;
    DIRENT.encode(view, at, { ino, off, namelen: name.length, type: mode >> FILE_TYPE_SHIFT });
    buffer.set(name, at + DIRENT.sizeBytes);
    buffer.fill(0, at + DIRENT.sizeBytes + name.length, next);
    this.#at = next;
    return true;
  }

  finish(unique: number): number {
    return encodeFilled(this.#page, unique, this.#at - BYTES_AT);
  }
}
