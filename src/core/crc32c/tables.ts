/**
 * CRC-32C in JavaScript, eight bytes at a time ("slicing by 8", Kounavis and Berry, 2005): for systems that
 * `@node-rs/crc32` has no binary for. docs/decisions/0033 says how much slower.
 */

/** Castagnoli's polynomial, bits reversed: RFC 3720, appendix B.4. */
export const POLYNOMIAL = 0x82f63b78;
const SLICES = 8;
const BYTE_VALUES = 256;
const BITS_OF_A_BYTE = 8;

let tables: Int32Array | undefined;

/** Entry `n * 256 + byte`: what `byte` adds when `n` other bytes follow it. */
function makeTables(): Int32Array {
  const entries = new Int32Array(SLICES * BYTE_VALUES);
  for (let byte = 0; byte < BYTE_VALUES; byte += 1) entries[byte] = sumOfByte(byte);
  for (let index = BYTE_VALUES; index < entries.length; index += 1) {
    const sum = entries[index - BYTE_VALUES] as number;
    entries[index] = (sum >>> 8) ^ (entries[sum & 0xff] as number);
  }
  return entries;
}

function sumOfByte(byte: number): number {
  let sum = byte;
  for (let bit = 0; bit < BITS_OF_A_BYTE; bit += 1) {
    sum = sum & 1 ? (sum >>> 1) ^ POLYNOMIAL : sum >>> 1;
  }
  return sum;
}

/** What the four bytes of `word`, the first of them lowest, add when `slice - 3` others follow. */
function sumOfWord(entries: Int32Array, word: number, slice: number): number {
  const first = slice * BYTE_VALUES;
  return (
    (entries[first + (word & 0xff)] as number) ^
    (entries[first - BYTE_VALUES + ((word >>> 8) & 0xff)] as number) ^
    (entries[first - 2 * BYTE_VALUES + ((word >>> 16) & 0xff)] as number) ^
    (entries[first - 3 * BYTE_VALUES + (word >>> 24)] as number)
  );
}

/** The checksum, as a signed integer. */
export function crc32cByTables(data: Uint8Array): number {
  tables ??= makeTables();
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let sum = -1;
  let at = 0;
  for (; at + SLICES <= data.length; at += SLICES) {
    sum =
      sumOfWord(tables, sum ^ view.getInt32(at, true), SLICES - 1) ^
      sumOfWord(tables, view.getInt32(at + 4, true), 3);
  }
  for (; at < data.length; at += 1) {
    sum = (sum >>> 8) ^ (tables[(sum ^ view.getUint8(at)) & 0xff] as number);
  }
  return ~sum;
}
