/** Reads a segment and verifies it: its form, its hash, and that it is what its name says. */
import { createHash, type Hash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { damaged } from './archive-errors.js';
import type { ArchiveItem } from './layout.js';
import {
  BLOCK_HEADER_BYTES,
  HASH_BYTES,
  HEADER_BYTES_MAX,
  LENGTH_BYTES,
  PAGE_NUMBER_BYTES,
  pagesPerBlock,
  SEGMENT_MAGIC,
  SEGMENT_VERSION,
  type SegmentHeader,
  unpack,
} from './segment-format.js';

export interface ReadSegment {
  readonly header: SegmentHeader;
  /** SHA-256 of the segment, in hexadecimal: what the next one names. */
  readonly hash: string;
  readonly bytes: number;
}

/** Takes one page after the other: its number and its image, which is only valid during the call. */
export type PageSink = (number: number, image: Uint8Array, header: SegmentHeader) => void;

/** A file from its start to its end, with the hash of what was read. */
class Source {
  readonly #item: ArchiveItem;
  readonly #fd: number;
  readonly #hash: Hash = createHash('sha256');
  readonly bytes: number;
  #position = 0;

  constructor(item: ArchiveItem) {
    this.#item = item;
    this.#fd = openSync(item.path, 'r');
    this.bytes = fstatSync(this.#fd).size;
  }

  /** The next `length` bytes, which count for the hash. */
  take(length: number): Buffer {
    const bytes = this.#read(length, this.bytes - HASH_BYTES);
    this.#hash.update(bytes);
    return bytes;
  }

  #read(length: number, end: number): Buffer {
    // Looked at before memory is taken for a length that damage may have made absurd.
    if (this.#position + length > end) throw damaged(this.#item, 'it is shorter than it says');
    const bytes = Buffer.allocUnsafe(length);
    for (let done = 0; done < length; ) {
      const read = readSync(this.#fd, bytes, done, length - done, this.#position + done);
      if (read === 0) throw damaged(this.#item, 'it became shorter');
      done += read;
    }
    this.#position += length;
    return bytes;
  }

  /** The hash, after comparing it with the one at the end of the file. */
  finish(): string {
    const found = this.#hash.digest();
    const stored = this.#read(HASH_BYTES, this.bytes);
    if (this.#position !== this.bytes) throw damaged(this.#item, 'it is longer than it says');
    if (!found.equals(stored)) throw damaged(this.#item, 'its hash does not match');
    return stored.toString('hex');
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/**
 * Reads the whole segment, handing its pages to `sink`. Throws ERR_ARCHIVE_DAMAGED; what was handed over
 * by then is of no account.
 */
export function readSegment(item: ArchiveItem, sink: PageSink = () => undefined): ReadSegment {
  let source: Source;
  try {
    source = new Source(item);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw damaged(item, 'it is missing', error);
  }
  try {
    const header = readHeader(item, source);
    readBlocks(item, source, header, sink);
    return { header, hash: source.finish(), bytes: source.bytes };
  } finally {
    source.close();
  }
}

function readHeader(item: ArchiveItem, source: Source): SegmentHeader {
  if (!source.take(SEGMENT_MAGIC.byteLength).equals(SEGMENT_MAGIC)) {
    throw damaged(item, 'it does not begin as a segment does');
  }
  const length = source.take(LENGTH_BYTES).readUInt32BE();
  if (length > HEADER_BYTES_MAX) throw damaged(item, 'its header is too long');
  const header = parseHeader(item, source.take(length));
  if (header.version !== SEGMENT_VERSION) {
    throw damaged(item, `its format is version ${header.version}, known is ${SEGMENT_VERSION}`);
  }
  const { generation, sequence, toCommit, toMs } = header;
  const isNamed =
    generation === item.generation &&
    sequence === item.sequence &&
    toCommit === item.commit &&
    toMs === item.atMs;
  if (!isNamed) throw damaged(item, 'it is not what its name says');
  return header;
}

function parseHeader(item: ArchiveItem, text: Buffer): SegmentHeader {
  let header: unknown;
  try {
    header = JSON.parse(text.toString('utf8'));
  } catch (error) {
    throw damaged(item, 'its header cannot be read', error);
  }
  if (typeof header !== 'object' || header === null) {
    throw damaged(item, 'its header is none');
  }
  return header as SegmentHeader;
}

function readBlocks(
  item: ArchiveItem,
  source: Source,
  header: SegmentHeader,
  sink: PageSink,
): void {
  const entryBytes = PAGE_NUMBER_BYTES + header.pageSizeBytes;
  const rawMax = pagesPerBlock(header.pageSizeBytes) * entryBytes;
  for (let left = header.pages; left > 0; ) {
    const lengths = source.take(BLOCK_HEADER_BYTES);
    const rawLength = lengths.readUInt32BE(LENGTH_BYTES);
    if (!(rawLength > 0 && rawLength <= rawMax && rawLength % entryBytes === 0)) {
      throw damaged(item, 'a block has an impossible length');
    }
    const raw = unpackBlock(item, source.take(lengths.readUInt32BE(0)), rawLength);
    for (let at = 0; at < rawLength; at += entryBytes) {
      const number = raw.readUInt32BE(at);
      sink(number, raw.subarray(at + PAGE_NUMBER_BYTES, at + entryBytes), header);
    }
    left -= rawLength / entryBytes;
    if (left < 0) throw damaged(item, 'it holds more pages than it says');
  }
}

function unpackBlock(item: ArchiveItem, stored: Buffer, rawLength: number): Buffer {
  try {
    const raw = unpack(stored, rawLength);
    return Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  } catch (error) {
    throw damaged(item, 'a block cannot be unpacked', error);
  }
}
