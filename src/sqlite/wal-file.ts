/**
 * The file of the write-ahead log, read page by page: the format is section 4 of
 * sqlite.org/fileformat2.html.
 *
 *   header, 32 bytes   magic, version, page size, checkpoint number, salt 1, salt 2, checksum
 *   frame, 24 bytes    page number, pages of the database after a commit or 0, salts, checksum
 *          + page      the image of the page
 *
 * A frame belongs to the log when its salts are those of the header and its checksum, which runs on from
 * frame to frame, is right. How many of the frames are committed only SQLite's shared memory tells: a
 * caller brings that number along. SQLite has no lock on this file, so that closing it drops none.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { endianness } from 'node:os';
import { VolumeError } from '../core/errors.js';
import { walPath } from './wal.js';

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const MAGIC_LITTLE_ENDIAN = 0x377f0682;
const MAGIC_BIG_ENDIAN = 0x377f0683;
const FORMAT_VERSION = 3_007_000;
const WORD_BYTES = 4;
/** Read at once, in bytes: a few frames at least. */
const READ_BYTES = 1024 * 1024;

const IS_HOST_BIG_ENDIAN = endianness() === 'BE';

/** Which log a file holds: the salts change each time it is begun anew. */
export interface WalHeader {
  readonly pageSizeBytes: number;
  readonly salt1: number;
  readonly salt2: number;
  /** Whether the checksums take the words of the file as big-endian. */
  readonly isBigEndian: boolean;
  readonly checksum: Checksum;
}

/** The two halves of the running checksum. */
export type Checksum = readonly [number, number];

/** A place between two frames of one log. `frame`: how many are before it. */
export interface WalPosition {
  readonly salt1: number;
  readonly salt2: number;
  readonly frame: number;
  readonly checksum: Checksum;
}

/** What the frames between two places of a log come to. */
export interface WalDelta {
  /** Number of the last frame of each page, by page number; without pages beyond the end. */
  readonly frames: ReadonlyMap<number, number>;
  /** Pages of the database after the last commit; undefined when there were no frames. */
  readonly databasePages: number | undefined;
  /** Where they end. */
  readonly end: WalPosition;
}

/** Adds `bytes` bytes from `words[first]` on to a running checksum. */
function addTo(sum: Checksum, words: Int32Array, first: number, bytes: number): Checksum {
  let [s1, s2] = sum;
  const end = first + bytes / WORD_BYTES;
  for (let index = first; index < end; index += 2) {
    s1 = (s1 + (words[index] as number) + s2) | 0;
    s2 = (s2 + (words[index + 1] as number) + s1) | 0;
  }
  return [s1, s2];
}

function addSwapped(sum: Checksum, bytes: Buffer, first: number, length: number): Checksum {
  let [s1, s2] = sum;
  for (let offset = first; offset < first + length; offset += 2 * WORD_BYTES) {
    s1 = (s1 + readWord(bytes, offset, IS_HOST_BIG_ENDIAN) + s2) | 0;
    s2 = (s2 + readWord(bytes, offset + WORD_BYTES, IS_HOST_BIG_ENDIAN) + s1) | 0;
  }
  return [s1, s2];
}

/** A word in the order that is not the machine's. */
function readWord(bytes: Buffer, offset: number, isHostBigEndian: boolean): number {
  return isHostBigEndian ? bytes.readInt32LE(offset) : bytes.readInt32BE(offset);
}

/** Bytes with a view as words of the machine: checksums of logs written here need no byte order. */
class Block {
  readonly bytes: Buffer;
  readonly #words: Int32Array;

  constructor(length: number) {
    const memory = new ArrayBuffer(length);
    this.bytes = Buffer.from(memory);
    this.#words = new Int32Array(memory);
  }

  /** `first` and `length` are multiples of eight. */
  checksum(sum: Checksum, first: number, length: number, isBigEndian: boolean): Checksum {
    return isBigEndian === IS_HOST_BIG_ENDIAN
      ? addTo(sum, this.#words, first / WORD_BYTES, length)
      : addSwapped(sum, this.bytes, first, length);
  }
}

export class WalFile {
  readonly path: string;
  readonly #fd: number;

  private constructor(path: string, fd: number) {
    this.path = path;
    this.#fd = fd;
  }

  /** Opens the log of the volume at `volume`; undefined when there is none. */
  static open(volume: string): WalFile | undefined {
    const path = walPath(volume);
    try {
      return new WalFile(path, openSync(path, 'r'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** The head of the log; undefined when nothing was written to it yet, or not to the end of the head. */
  readHeader(): WalHeader | undefined {
    const block = new Block(HEADER_BYTES);
    const { bytes } = block;
    if (this.#read(bytes, 0) < HEADER_BYTES) return undefined;
    const magic = bytes.readUInt32BE(0);
    const isBigEndian = magic === MAGIC_BIG_ENDIAN;
    if (!isBigEndian && magic !== MAGIC_LITTLE_ENDIAN) return undefined;
    const checksum = block.checksum([0, 0], 0, 24, isBigEndian);
    const isWhole = checksum[0] === bytes.readInt32BE(24) && checksum[1] === bytes.readInt32BE(28);
    if (!isWhole || bytes.readUInt32BE(4) !== FORMAT_VERSION) return undefined;
    return {
      pageSizeBytes: bytes.readUInt32BE(8),
      salt1: bytes.readUInt32BE(16),
      salt2: bytes.readUInt32BE(20),
      isBigEndian,
      checksum,
    };
  }

  /**
   * Whether the log still is the one of `position` and has the same frames up to it: its salts are the
   * same, and so is the checksum of the last frame, which covers all before it.
   */
  holds(position: WalPosition): boolean {
    const header = this.readHeader();
    if (header === undefined || !hasSalts(position, header)) return false;
    const { frame, checksum } = position;
    if (frame === 0) return true;
    const bytes = Buffer.alloc(FRAME_HEADER_BYTES);
    const at = frameOffset(frame, header.pageSizeBytes);
    if (this.#read(bytes, at) < FRAME_HEADER_BYTES) return false;
    return (
      bytes.readUInt32BE(8) === position.salt1 &&
      bytes.readUInt32BE(12) === position.salt2 &&
      bytes.readInt32BE(16) === checksum[0] &&
      bytes.readInt32BE(20) === checksum[1]
    );
  }

  /**
   * Reads the frames after `from` up to and with frame `to`, which must be committed, and checks each.
   * The log must be kept from being begun anew meanwhile. Throws ERR_IO for a frame that is not whole.
   */
  scan(header: WalHeader, from: WalPosition, to: number): WalDelta {
    const frameBytes = FRAME_HEADER_BYTES + header.pageSizeBytes;
    const perBlock = Math.max(1, Math.floor(READ_BYTES / frameBytes));
    const block = new Block(perBlock * frameBytes);
    const frames = new Map<number, number>();
    let sum = from.checksum;
    let databasePages: number | undefined;
    for (let first = from.frame + 1; first <= to; first += perBlock) {
      const count = Math.min(perBlock, to - first + 1);
      const wanted = count * frameBytes;
      const part = block.bytes.subarray(0, wanted);
      if (this.#read(part, frameOffset(first, header.pageSizeBytes)) < wanted) {
        throw this.#damaged(first);
      }
      for (let index = 0; index < count; index += 1) {
        const at = index * frameBytes;
        sum = block.checksum(sum, at, 8, header.isBigEndian);
        const pageAt = at + FRAME_HEADER_BYTES;
        sum = block.checksum(sum, pageAt, header.pageSizeBytes, header.isBigEndian);
        if (!isWhole(part, at, header, sum)) throw this.#damaged(first + index);
        frames.set(part.readUInt32BE(at), first + index);
        databasePages = part.readUInt32BE(at + 4);
      }
    }
    // The last frame is that of a commit, which says how long the database is then.
    if (databasePages === 0) throw this.#damaged(to);
    if (databasePages !== undefined) {
      for (const page of frames.keys()) if (page > databasePages) frames.delete(page);
    }
    const { salt1, salt2 } = header;
    return { frames, databasePages, end: { salt1, salt2, frame: to, checksum: sum } };
  }

  /** The place after a frame that is known to be committed. */
  positionAt(header: WalHeader, frame: number): WalPosition {
    const bytes = Buffer.alloc(FRAME_HEADER_BYTES);
    const at = frameOffset(frame, header.pageSizeBytes);
    const { salt1, salt2 } = header;
    const isThere =
      this.#read(bytes, at) === FRAME_HEADER_BYTES &&
      bytes.readUInt32BE(8) === salt1 &&
      bytes.readUInt32BE(12) === salt2;
    if (!isThere) throw this.#damaged(frame);
    return { salt1, salt2, frame, checksum: [bytes.readInt32BE(16), bytes.readInt32BE(20)] };
  }

  /** Reads the page image of a frame into `target`, which is as long as a page. */
  readPage(frame: number, target: Uint8Array): void {
    const at = frameOffset(frame, target.byteLength) + FRAME_HEADER_BYTES;
    if (this.#read(target, at) < target.byteLength) throw this.#damaged(frame);
  }

  #read(target: Uint8Array, position: number): number {
    let done = 0;
    while (done < target.byteLength) {
      const read = readSync(this.#fd, target, done, target.byteLength - done, position + done);
      if (read === 0) break;
      done += read;
    }
    return done;
  }

  #damaged(frame: number): VolumeError {
    const { path } = this;
    return new VolumeError('ERR_IO', `Frame ${frame} of the log '${path}' cannot be read.`, {
      path,
      hint: 'Check the disk. What is committed is read by SQLite all the same, or reported by it.',
    });
  }
}

/** The place before the first frame of a log. */
export function startOf({ salt1, salt2, checksum }: WalHeader): WalPosition {
  return { salt1, salt2, frame: 0, checksum };
}

export function hasSalts(position: WalPosition, header: WalHeader): boolean {
  return position.salt1 === header.salt1 && position.salt2 === header.salt2;
}

function frameOffset(frame: number, pageSizeBytes: number): number {
  return HEADER_BYTES + (frame - 1) * (FRAME_HEADER_BYTES + pageSizeBytes);
}

function isWhole(bytes: Buffer, at: number, header: WalHeader, sum: Checksum): boolean {
  return (
    bytes.readUInt32BE(at + 8) === header.salt1 &&
    bytes.readUInt32BE(at + 12) === header.salt2 &&
    bytes.readInt32BE(at + 16) === sum[0] &&
    bytes.readInt32BE(at + 20) === sum[1]
  );
}
