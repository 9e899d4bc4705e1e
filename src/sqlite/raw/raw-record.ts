/** Rows as they are stored: the record format, read without trust. */
import type { RawPages } from './raw-pages.js';
import { type RawCell, readVarint } from './raw-tree.js';

export type RawValue = null | number | bigint | string | Buffer;

const NEXT_PAGE_BYTES = 4;
const INTEGER_BYTES: readonly number[] = [0, 1, 2, 3, 4, 6, 8];
const REAL = 7;
const ZERO = 8;
const ONE = 9;
const FIRST_BLOB = 12;

export interface RawPayload {
  readonly bytes: Buffer;
  /** Whether all pages that hold it could be read; if not, the bytes end early. */
  readonly isWhole: boolean;
}

/** The bytes of a row, gathered from the pages that it goes on in. */
export function readPayload(
  pages: RawPages,
  { local, payloadBytes, overflow }: RawCell,
): RawPayload {
  if (overflow === 0) return { bytes: local, isWhole: local.length === payloadBytes };
  const bytes = Buffer.allocUnsafeSlow(payloadBytes);
  let done = local.copy(bytes);
  let next = overflow;
  while (done < payloadBytes) {
    const page = pages.read(next);
    if (page === undefined) return { bytes: bytes.subarray(0, done), isWhole: false };
    const end = Math.min(pages.usableBytes, NEXT_PAGE_BYTES + payloadBytes - done);
    done += page.copy(bytes, done, NEXT_PAGE_BYTES, end);
    next = page.readUInt32BE(0);
  }
  return { bytes, isWhole: true };
}

interface Column {
  readonly type: number;
  readonly start: number;
  readonly end: number;
}

function bytesOfType(type: number): number | undefined {
  if (type < INTEGER_BYTES.length) return INTEGER_BYTES[type];
  if (type === REAL) return 8;
  if (type === ZERO || type === ONE) return 0;
  return type < FIRST_BLOB ? undefined : Math.floor((type - FIRST_BLOB) / 2);
}

/** Where the columns are; undefined when the bytes are no record of `length` bytes. */
function columnsOf(bytes: Buffer, length: number): Column[] | undefined {
  const header = readVarint(bytes, 0);
  if (header === undefined || header[0] < header[1] || header[0] > bytes.length) return undefined;
  const columns: Column[] = [];
  let start = header[0];
  let at = header[1];
  while (at < header[0]) {
    const type = readVarint(bytes, at);
    if (type === undefined) return undefined;
    const size = bytesOfType(type[0]);
    if (size === undefined) return undefined;
    columns.push({ type: type[0], start, end: start + size });
    start += size;
    at += type[1];
  }
  return at === header[0] && start === length ? columns : undefined;
}

/**
 * The columns of a row; undefined when the bytes are no row. Bytes of a column that ends beyond `bytes`
 * are those that are there.
 */
export function parseRecord(bytes: Buffer, length: number): RawValue[] | undefined {
  const values: RawValue[] = [];
  for (const column of columnsOf(bytes, length) ?? []) {
    const value = valueAt(bytes, column);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values.length === 0 ? undefined : values;
}

function valueAt(bytes: Buffer, { type, start, end }: Column): RawValue | undefined {
  if (type === 0) return null;
  if (type === ZERO || type === ONE) return type - ZERO;
  if (type >= FIRST_BLOB && type % 2 === 0) return bytes.subarray(start, end);
  // Of all but bytes a part is worth nothing.
  if (end > bytes.length) return undefined;
  if (type >= FIRST_BLOB) return textOf(bytes.subarray(start, end));
  if (type === REAL) return bytes.readDoubleBE(start);
  return end - start === 8
    ? narrowed(bytes.readBigInt64BE(start))
    : bytes.readIntBE(start, end - start);
}

function narrowed(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(bytes: Buffer): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}
