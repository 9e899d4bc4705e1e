/**
 * Headers of tar archives: ustar, GNU and the old form.
 *
 * Read here and not by a library, because attributes may be any bytes, which the usual readers decode
 * as text, and because GNU's sparse files come in four forms.
 */
import type { Timestamp } from '../../core/clock.js';
import { archiveError } from './byte-source.js';

export const BLOCK_BYTES = 512;

/** A region of a sparse file that is stored. */
export interface SparseRegion {
  readonly offset: number;
  readonly length: number;
}

export interface RawHeader {
  /** The name as bytes: what is not UTF-8 must be recognised. */
  readonly name: Buffer;
  readonly linkName: Buffer;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes that follow. */
  readonly size: number;
  readonly mtime: Timestamp;
  /** One character. */
  readonly type: string;
  readonly major: number;
  readonly minor: number;
  /** Old GNU sparse files: the first regions, whether more follow, and the size with holes. */
  readonly sparse: { regions: SparseRegion[]; isContinued: boolean; realSize: number } | undefined;
}

const CHECKSUM = { offset: 148, length: 8 } as const;
const SPACE = 0x20;

/** Undefined for a block of zeros, which ends an archive. */
export function decodeHeader(block: Buffer, position: number): RawHeader | undefined {
  const { sum, isZero } = checksum(block);
  if (isZero) return undefined;
  if (number(block, CHECKSUM.offset, CHECKSUM.length) !== sum) {
    throw archiveError(
      position === 0
        ? 'This is not a tar archive.'
        : `The archive is damaged: what stands at byte ${position} is no header.`,
      position === 0 ? 'Give a tar file, plain or gzipped.' : 'Get a whole copy of it.',
    );
  }
  const magic = block.toString('latin1', 257, 265);
  const type = String.fromCharCode(block[156] || 0x30);
  const prefix = magic.startsWith('ustar\0') ? text(block, 345, 155) : Buffer.alloc(0);
  const name = text(block, 0, 100);
  return {
    name: prefix.length > 0 ? Buffer.concat([prefix, Buffer.from('/'), name]) : name,
    linkName: text(block, 157, 100),
    mode: number(block, 100, 8),
    uid: number(block, 108, 8),
    gid: number(block, 116, 8),
    size: number(block, 124, 12),
    mtime: { sec: number(block, 136, 12), nsec: 0 },
    type,
    major: number(block, 329, 8),
    minor: number(block, 337, 8),
    sparse: type === 'S' ? oldSparse(block) : undefined,
  };
}

/** The sum of the bytes, with the field of the sum itself as spaces. */
function checksum(block: Buffer): { sum: number; isZero: boolean } {
  let sum = 0;
  for (const byte of block) sum += byte;
  const isZero = sum === 0;
  const end = CHECKSUM.offset + CHECKSUM.length;
  for (let index = CHECKSUM.offset; index < end; index += 1) sum += SPACE - (block[index] ?? 0);
  return { sum, isZero };
}

function text(block: Buffer, offset: number, length: number): Buffer {
  const field = block.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return end < 0 ? field : field.subarray(0, end);
}

/** Octal digits, or with the first bit set a big-endian number in two's complement. */
function number(block: Buffer, offset: number, length: number): number {
  const field = block.subarray(offset, offset + length);
  const first = field[0] ?? 0;
  if ((first & 0x80) !== 0) return binary(field, (first & 0x40) !== 0);
  const digits = field.toString('latin1').replace(/\0.*$/s, '').trim();
  if (digits === '') return 0;
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
}

function binary(field: Buffer, isNegative: boolean): number {
  let value = isNegative ? -1n : BigInt((field[0] ?? 0) & 0x3f);
  for (const byte of field.subarray(1)) value = (value << 8n) | BigInt(byte);
  return Number(value);
}

const SPARSE_ENTRY_BYTES = 24;

export function sparseRegions(block: Buffer, offset: number, count: number): SparseRegion[] {
  const regions: SparseRegion[] = [];
  for (let index = 0; index < count; index += 1) {
    const at = offset + index * SPARSE_ENTRY_BYTES;
    if (block[at] === 0) break;
    regions.push({ offset: number(block, at, 12), length: number(block, at + 12, 12) });
  }
  return regions;
}

function oldSparse(block: Buffer): NonNullable<RawHeader['sparse']> {
  return {
    regions: sparseRegions(block, 386, 4),
    isContinued: block[482] === 1,
    realSize: number(block, 483, 12),
  };
}
