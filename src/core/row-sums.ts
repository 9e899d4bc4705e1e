/**
 * Sums of the columns of a row, by which a bit that a disk has turned is found: docs/format.md.
 *
 * A column counts modulo the prime 2^31 - 1, text and bytes by their CRC-32, each times a number of its
 * own. All of it stays below 2^53, so that numbers of JavaScript are exact, and SQL computes the same.
 * Never change a number here: rows that were written have their sums.
 */
import { crc32 } from 'node:zlib';

/** No power of two is a multiple of it. */
const PRIME = 2_147_483_647;

const ENTRY = { parent: 580_477, name: 613_513, ino: 816_437 } as const;
const LINK = { ino: 806_753, target: 758_127 } as const;
const ATTRIBUTE = { ino: 844_431, name: 900_165, value: 660_227 } as const;

/** What a column of text or bytes counts as; NaN, which equals no sum, for what is neither. */
function digest(value: unknown): number {
  if (typeof value !== 'string' && !(value instanceof Uint8Array)) return Number.NaN;
  return crc32(value) % PRIME;
}

/** Of a row of `dentry`. */
export function entrySum(parent: number, name: string | Uint8Array, ino: number): number {
  const numbers = (parent % PRIME) * ENTRY.parent + (ino % PRIME) * ENTRY.ino;
  return (numbers + digest(name) * ENTRY.name) % PRIME;
}

/** Of a row of `symlink`. */
export function linkSum(ino: number, target: string | Uint8Array): number {
  return ((ino % PRIME) * LINK.ino + digest(target) * LINK.target) % PRIME;
}

/** Of a row of `xattr`. */
export function attributeSum(ino: number, name: string | Uint8Array, value: Uint8Array): number {
  const texts = digest(name) * ATTRIBUTE.name + digest(value) * ATTRIBUTE.value;
  return ((ino % PRIME) * ATTRIBUTE.ino + texts) % PRIME;
}

/** Numbers of the columns from `ino` to `inline_crc32c`, as the table computes its sum. */
const INODE = [
  1_021_483, 637_195, 853_931, 705_127, 525_803, 695_027, 690_567, 674_993, 829_475, 767_699,
  1_036_499, 627_019, 712_983, 581_211, 786_867, 792_011,
] as const;
const CHUNK = [546_845, 1_011_889, 759_193] as const;
const NULL_VALUE = 1_073_741_789n;

type Column = number | bigint | null;

/** Of whole numbers, as SQL computes it; for who reads a file without SQLite. */
function sumOf(factors: readonly number[], columns: readonly Column[]): number {
  let sum = 0n;
  for (const [index, factor] of factors.entries()) {
    const column = columns[index] ?? null;
    const value = column === null ? NULL_VALUE : BigInt(column) % BigInt(PRIME);
    sum += value * BigInt(factor);
  }
  return Number(sum % BigInt(PRIME));
}

/** Of a row of `inode`, of its columns from `ino` to `inline_crc32c`. */
export function inodeSum(columns: readonly Column[]): number {
  return sumOf(INODE, columns);
}

/** Of a row of `chunk`. */
export function chunkSum(ino: number, idx: number, blob: number): number {
  return sumOf(CHUNK, [ino, idx, blob]);
}
