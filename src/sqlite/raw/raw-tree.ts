/**
 * Pages of b-trees and the cells in them, read without SQLite and without trust: whatever the bytes say,
 * nothing outside of a page is touched and nothing takes longer than the page is long.
 */

const INDEX_INTERIOR = 2;
const TABLE_INTERIOR = 5;
const INDEX_LEAF = 10;
const TABLE_LEAF = 13;

const FIRST_PAGE_OFFSET = 100;
const LEAF_HEADER_BYTES = 8;
const INTERIOR_HEADER_BYTES = 12;
/** No row of a volume is longer: a chunk with its header. What says so is damaged. */
const PAYLOAD_BYTES_MAX = 1_048_576 + 1024;

export interface RawCell {
  /** Of a row in a table with numbers; 0 in an index. */
  readonly rowid: number;
  readonly payloadBytes: number;
  /** What of it is in this page. */
  readonly local: Buffer;
  /** The page where it goes on; 0 when it does not. */
  readonly overflow: number;
}

export interface RawTreePage {
  /** Whether its rows have a number and stand in leaves only, or are keys and stand in all pages. */
  readonly kind: 'table' | 'index';
  readonly cells: readonly RawCell[];
  /** Pages below, in order. */
  readonly children: readonly number[];
  /** Cells that cannot be. */
  readonly damagedCells: number;
}

/** A number of 1 to 9 bytes, and how many; precise up to 2^53. Undefined at the end of the bytes. */
export function readVarint(bytes: Buffer, at: number): [value: number, length: number] | undefined {
  let value = 0;
  for (let index = 0; index < 9; index += 1) {
    const byte = bytes[at + index];
    if (byte === undefined) return undefined;
    if (index === 8) return [signed(value * 256 + byte), 9];
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return [value, index + 1];
  }
  return undefined;
}

function signed(value: number): number {
  return value >= 2 ** 63 ? value - 2 ** 64 : value;
}

/** Whether the bytes begin as a page of a tree does. */
function isTreePage(bytes: Buffer, offset: number, usableBytes: number): boolean {
  const type = bytes[offset] as number;
  if (![INDEX_INTERIOR, TABLE_INTERIOR, INDEX_LEAF, TABLE_LEAF].includes(type)) return false;
  const cells = bytes.readUInt16BE(offset + 3);
  const content = bytes.readUInt16BE(offset + 5) || 65_536;
  const pointersEnd = offset + headerBytes(type) + 2 * cells;
  return pointersEnd <= usableBytes && content <= usableBytes && pointersEnd <= content;
}

function headerBytes(type: number): number {
  return type === INDEX_LEAF || type === TABLE_LEAF ? LEAF_HEADER_BYTES : INTERIOR_HEADER_BYTES;
}

/** The page, as far as it is one of a tree; undefined when it is none. */
export function parseTreePage(
  bytes: Buffer,
  page: number,
  usableBytes: number,
): RawTreePage | undefined {
  const offset = page === 1 ? FIRST_PAGE_OFFSET : 0;
  if (!isTreePage(bytes, offset, usableBytes)) return undefined;
  const type = bytes[offset] as number;
  const start = offset + headerBytes(type);
  const count = bytes.readUInt16BE(offset + 3);
  const cells: RawCell[] = [];
  const children: number[] = [];
  let damagedCells = 0;
  for (let index = 0; index < count; index += 1) {
    const at = bytes.readUInt16BE(start + 2 * index);
    if (at < start + 2 * count || at + 4 > usableBytes) {
      damagedCells += 1;
      continue;
    }
    const isInterior = type === TABLE_INTERIOR || type === INDEX_INTERIOR;
    if (isInterior) children.push(bytes.readUInt32BE(at));
    if (type === TABLE_INTERIOR) continue;
    const cell = parseCell(bytes, isInterior ? at + 4 : at, type === TABLE_LEAF, usableBytes);
    if (cell === undefined) damagedCells += 1;
    else cells.push(cell);
  }
  if (type === TABLE_INTERIOR || type === INDEX_INTERIOR) {
    children.push(bytes.readUInt32BE(offset + LEAF_HEADER_BYTES));
  }
  const isTable = type === TABLE_LEAF || type === TABLE_INTERIOR;
  return { kind: isTable ? 'table' : 'index', cells, children, damagedCells };
}

function parseCell(
  bytes: Buffer,
  start: number,
  isTable: boolean,
  usableBytes: number,
): RawCell | undefined {
  const size = readVarint(bytes, start);
  if (size === undefined || size[0] < 2 || size[0] > PAYLOAD_BYTES_MAX) return undefined;
  let at = start + size[1];
  let rowid = 0;
  if (isTable) {
    const number = readVarint(bytes, at);
    if (number === undefined) return undefined;
    rowid = number[0];
    at += number[1];
  }
  const payloadBytes = size[0];
  const localBytes = localBytesOf(payloadBytes, isTable, usableBytes);
  const end = at + localBytes;
  const isSpilled = localBytes < payloadBytes;
  if (end + (isSpilled ? 4 : 0) > usableBytes) return undefined;
  const overflow = isSpilled ? bytes.readUInt32BE(end) : 0;
  return { rowid, payloadBytes, local: bytes.subarray(at, end), overflow };
}

/** How much of a payload stays in the page of its cell. */
function localBytesOf(payload: number, isTable: boolean, usable: number): number {
  const most = isTable ? usable - 35 : Math.floor(((usable - 12) * 64) / 255) - 23;
  if (payload <= most) return payload;
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const fitting = least + ((payload - least) % (usable - 4));
  return fitting <= most ? fitting : least;
}
