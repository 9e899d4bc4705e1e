/** Writes a segment: under another name first, so that a name means a whole and durable file. */
import { createHash, type Hash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { failpoint } from '../../core/failpoint.js';
import { PRIVATE_FILE_MODE } from '../../core/private-modes.js';
import { syncDirectoryOf } from '../../sqlite/wal.js';
import { partialOf } from './layout.js';
import {
  BLOCK_HEADER_BYTES,
  LENGTH_BYTES,
  PAGE_NUMBER_BYTES,
  pack,
  pagesPerBlock,
  SEGMENT_MAGIC,
  type SegmentHeader,
} from './segment-format.js';

/** Pages to be written: the numbers, in ascending order, and their images. */
export interface PageSource {
  readonly numbers: readonly number[];
  /** Fills `target`, which is as long as a page. */
  read(number: number, target: Uint8Array): void;
}

export interface WrittenFile {
  /** SHA-256, in hexadecimal: of the file but for the hash itself. */
  readonly hash: string;
  readonly bytes: number;
}

class HashedFile {
  readonly #fd: number;
  readonly #hash: Hash = createHash('sha256');
  #bytes = 0;

  constructor(path: string) {
    this.#fd = openSync(path, 'w', PRIVATE_FILE_MODE);
  }

  write(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#writeAll(bytes);
  }

  #writeAll(bytes: Uint8Array): void {
    let done = 0;
    while (done < bytes.byteLength) done += writeSync(this.#fd, bytes, done);
    this.#bytes += bytes.byteLength;
  }

  /** Ends the file with its hash and makes it durable. */
  finish(): WrittenFile {
    const digest = this.#hash.digest();
    this.#writeAll(digest);
    fsyncSync(this.#fd);
    return { hash: digest.toString('hex'), bytes: this.#bytes };
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** Writes the segment to `path`. When it throws, nothing is there. */
export function writeSegment(path: string, header: SegmentHeader, pages: PageSource): WrittenFile {
  const partial = partialOf(path);
  try {
    const written = writeFile(partial, header, pages);
    failpoint('archive:segment');
    renameSync(partial, path);
    syncDirectoryOf(path);
    return written;
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}

function writeFile(path: string, header: SegmentHeader, pages: PageSource): WrittenFile {
  const file = new HashedFile(path);
  try {
    file.write(SEGMENT_MAGIC);
    const text = Buffer.from(JSON.stringify(header), 'utf8');
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(text.byteLength);
    file.write(length);
    file.write(text);
    writeBlocks(file, header.pageSizeBytes, pages);
    return file.finish();
  } finally {
    file.close();
  }
}

function writeBlocks(file: HashedFile, pageSizeBytes: number, { numbers, read }: PageSource): void {
  const perBlock = pagesPerBlock(pageSizeBytes);
  const entryBytes = PAGE_NUMBER_BYTES + pageSizeBytes;
  const memory = Buffer.alloc(Math.min(perBlock, numbers.length) * entryBytes);
  const lengths = Buffer.alloc(BLOCK_HEADER_BYTES);
  for (let first = 0; first < numbers.length; first += perBlock) {
    const part = numbers.slice(first, first + perBlock);
    for (const [index, number] of part.entries()) {
      const at = index * entryBytes;
      memory.writeUInt32BE(number, at);
      read(number, memory.subarray(at + PAGE_NUMBER_BYTES, at + entryBytes));
    }
    const raw = memory.subarray(0, part.length * entryBytes);
    const stored = pack(raw);
    lengths.writeUInt32BE(stored.byteLength, 0);
    lengths.writeUInt32BE(raw.byteLength, LENGTH_BYTES);
    file.write(lengths);
    file.write(stored);
  }
}
