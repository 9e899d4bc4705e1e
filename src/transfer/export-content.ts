/** The content of one file of a volume on its way to a file of the host. */
import { ftruncateSync, writeSync } from 'node:fs';
import type { Lease } from '../readers/pool.js';
import type { Inode } from '../store/inode-table.js';
import type { Volume } from '../volume/volume.js';
import { storedParts } from './holes.js';
import { type Tally, throwIfStopped } from './report.js';
import { readVolume } from './target-directory.js';
import { extents, hasHole, readPiece, readWhole } from './volume-content.js';

const HOST_BLOCK_BYTES = 4096;
// Files up to this are written without a turn of the event loop.
const SHORT_BYTES_MAX = 1024 * 1024;
// A piece stays in the processor's cache between reading and writing. And the kernel takes memory for what
// one call writes in blocks as large as the call: blocks of this size are reused ones, bigger ones may never
// have been touched, which in a virtual machine costs eight times the copy (docs/performance.md).
const PIECE_BYTES_MIN = 256 * 1024;

export class ContentExport {
  readonly #volume: Volume;
  readonly #lease: Lease;
  readonly #tally: Tally;
  readonly #signal: AbortSignal | undefined;
  readonly #chunkSizeBytes: number;
  readonly #pieceBytes: number;
  #buffer: Buffer | undefined;

  constructor(volume: Volume, lease: Lease, tally: Tally, signal: AbortSignal | undefined) {
    this.#volume = volume;
    this.#lease = lease;
    this.#tally = tally;
    this.#signal = signal;
    this.#chunkSizeBytes = readVolume(volume, (store) => store.facts.chunkSizeBytes);
    // Reading a chunk in parts costs its length for each.
    this.#pieceBytes = Math.max(PIECE_BYTES_MIN, this.#chunkSizeBytes);
  }

  /** Whether the content is one short run of bytes, which `writeShort` takes. */
  isShort(inode: Inode): boolean {
    return inode.size <= SHORT_BYTES_MAX && !hasHole(inode, this.#chunkSizeBytes);
  }

  writeShort(fd: number, inode: Inode): void {
    if (inode.size <= this.#chunkSizeBytes) {
      if (inode.size > 0) writeAll(fd, readWhole(this.#lease, inode), 0);
      return;
    }
    for (let offset = 0; offset < inode.size; offset += this.#pieceBytes) {
      writeAll(fd, this.#readPiece(inode, offset, inode.size), offset);
    }
  }

  /** The bytes from `offset`, at most to `end`; valid until the next call. */
  #readPiece(inode: Inode, offset: number, end: number): Buffer {
    this.#buffer ??= Buffer.allocUnsafeSlow(this.#pieceBytes);
    const piece = this.#buffer.subarray(0, Math.min(this.#pieceBytes, end - offset));
    readPiece(this.#lease, inode, offset, piece);
    return piece;
  }

  /** Piece by piece; what is not written stays a hole. */
  async writeLong(fd: number, inode: Inode, path: string): Promise<void> {
    const isSparse = hasHole(inode, this.#chunkSizeBytes);
    const parts = isSparse ? extents(this.#lease, inode) : [{ start: 0, end: inode.size }];
    try {
      for (const { start, end } of parts) {
        for (let offset = start; offset < end; offset += this.#pieceBytes) {
          throwIfStopped(this.#signal);
          const piece = this.#readPiece(inode, offset, end);
          if (isSparse) writeStored(fd, piece, offset);
          else writeAll(fd, piece, offset);
          this.#tally.underway(path, offset + piece.length);
          await this.#volume.runner.yieldTurn();
        }
      }
      ftruncateSync(fd, inode.size);
    } finally {
      this.#tally.underway(path, 0);
    }
  }
}

/** A chunk of a sparse file is mostly zeros: what the host's filesystem can leave out is left out. */
function writeStored(fd: number, piece: Uint8Array, position: number): void {
  for (const { start, end } of storedParts(piece, HOST_BLOCK_BYTES)) {
    writeAll(fd, piece.subarray(start, end), position + start);
  }
}

function writeAll(fd: number, data: Uint8Array, position: number): void {
  let done = 0;
  while (done < data.length) {
    done += writeSync(fd, data, done, data.length - done, position + done);
  }
}
