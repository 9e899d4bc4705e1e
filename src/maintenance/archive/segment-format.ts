/**
 * A segment: the pages that changed between two states, each as it is at the end. docs/archive.md has
 * the format for those who write their own reader.
 *
 *   magic, 8 bytes     "CABSEG" 0x0D 0x0A
 *   length, 4 bytes    of the header, big-endian as all numbers here
 *   header             JSON in UTF-8, see `SegmentHeader`
 *   blocks             until all pages are there: stored length, 4 bytes, length, 4 bytes, and that many
 *                      stored bytes; brotli, or as they are when both lengths are the same.
 *                      A block holds pages: number, 4 bytes, and image
 *   hash, 32 bytes     SHA-256 of everything before
 */
import { createHash } from 'node:crypto';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import type { WalPosition } from '../../sqlite/wal-file.js';

export const SEGMENT_MAGIC: Buffer = Buffer.from('CABSEG\r\n', 'latin1');
export const SEGMENT_VERSION = 1;
export const HASH_BYTES = 32;
export const LENGTH_BYTES = 4;
export const PAGE_NUMBER_BYTES = 4;
export const BLOCK_HEADER_BYTES: number = 2 * LENGTH_BYTES;
/** Pages of a block, in bytes before they are stored. */
export const BLOCK_BYTES: number = 1024 * 1024;
/** Longest header that is believed. */
export const HEADER_BYTES_MAX = 65_536;

/** The database file at a moment when all of the log had been moved into it. */
export interface FileState {
  readonly inode: string;
  readonly bytes: number;
  /** Nanoseconds since 1970, as text: a number could not hold them. */
  readonly modifiedNs: string;
  readonly changedNs: string;
  /** Whether its times were old enough then that any later write must show in them. */
  readonly isSettled: boolean;
}

/** Where a state lies in the volume: what the next run needs to go on from it. */
export interface Position {
  /** Place in the log; null when nothing was in it. */
  readonly log: WalPosition | null;
  /** The database file, when it held the whole state. */
  readonly file: FileState | null;
}

export interface SegmentHeader {
  readonly version: number;
  readonly volumeId: string;
  readonly generation: string;
  readonly sequence: number;
  /** Hash of the segment before; of the first one, of the name of the generation. */
  readonly previous: string;
  readonly fromCommit: number;
  readonly toCommit: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly pageSizeBytes: number;
  /** Pages of the database at the end. */
  readonly databasePages: number;
  /** Pages in this segment. */
  readonly pages: number;
  readonly codec: 'brotli';
  /** At the end. */
  readonly position: Position;
}

// Measured on text and on random bytes: 310 and 1,150 MB/s, where deflate's quickest makes 130 and 55.
const BROTLI_OPTIONS = {
  params: {
    [constants.BROTLI_PARAM_QUALITY]: 1,
    [constants.BROTLI_PARAM_LGWIN]: 20,
  },
};

/** The bytes of a block as they are stored. */
export function pack(raw: Uint8Array): Uint8Array {
  const packed = brotliCompressSync(raw, BROTLI_OPTIONS);
  return packed.byteLength < raw.byteLength ? packed : raw;
}

/** The bytes of a block; throws when they are no packed block of that length. */
export function unpack(stored: Uint8Array, lengthBytes: number): Uint8Array {
  if (stored.byteLength === lengthBytes) return stored;
  const raw = brotliDecompressSync(stored, { maxOutputLength: lengthBytes });
  if (raw.byteLength !== lengthBytes) throw new Error('a block has not the length that it names');
  return raw;
}

/** What the first segment of a generation names as the hash of the one before. */
export function rootHash(generation: string): string {
  return createHash('sha256').update(generation).digest('hex');
}

/** Pages that a block holds. */
export function pagesPerBlock(pageSizeBytes: number): number {
  return Math.max(1, Math.floor(BLOCK_BYTES / (PAGE_NUMBER_BYTES + pageSizeBytes)));
}
