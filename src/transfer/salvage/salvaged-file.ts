/** The content of one file on its way out of a damaged volume: what is proven, what is not, what is lost. */
import { ftruncateSync, writeSync } from 'node:fs';
import { FILE_SIZE_MAX } from '../../core/limits.js';
import type { Gathered } from './gather.js';
import { isProven } from './proof.js';
import type { SalvagedRange } from './report.js';
import type { ChunkRow, InodeRow } from './rows.js';

const RANGES_MAX = 1000;

export interface WrittenContent {
  readonly bytes: number;
  /** Empty: every byte is what was written. */
  readonly problems: readonly string[];
  readonly ranges: readonly SalvagedRange[];
}

/** Writes the content of a file to `fd`, a new file. */
export class SalvagedFile {
  readonly #from: Gathered;
  readonly #inode: InodeRow;
  readonly #fd: number;
  readonly #problems = new Set<string>();
  readonly #ranges: SalvagedRange[] = [];
  #end = 0;

  constructor(from: Gathered, inode: InodeRow, fd: number) {
    this.#from = from;
    this.#inode = inode;
    this.#fd = fd;
  }

  write(): WrittenContent {
    const { chunks, size, isSound } = this.#inode;
    if (!isSound) this.#problems.add('its inode is damaged, what it says may be wrong');
    const rows = this.#from.chunks.get(this.#inode.ino);
    if (chunks === 0 && this.#inode.head === null) this.#writeInline();
    else this.#writeChunks(rows);
    const isPossible = size >= 0 && size <= FILE_SIZE_MAX;
    if (!isPossible) this.#problems.add('its size is lost');
    else if (this.#end > size) this.#problems.add('more is stored of it than its size says');
    const bytes = isPossible ? Math.max(size, this.#end) : this.#end;
    ftruncateSync(this.#fd, bytes);
    return { bytes, problems: [...this.#problems], ranges: this.#ranges };
  }

  #writeInline(): void {
    const { inline, inlineChecksum } = this.#inode;
    if (inline === null) {
      if (inlineChecksum !== null) this.#problems.add('its bytes are lost');
      return;
    }
    this.#put(inline, 0);
    if (!isProven(inline, inlineChecksum)) this.#note(0, inline.length, 'unproven');
  }

  #writeChunks(rows: ReadonlyMap<number, ChunkRow> | undefined): void {
    const { head, chunks, inline } = this.#inode;
    const places = new Map<number, Pick<ChunkRow, 'blob' | 'isSound'>>(rows);
    if (head !== null) places.set(0, { blob: head, isSound: true });
    if (inline !== null) this.#problems.add('it has bytes of two kinds');
    const lost = chunks - places.size;
    if (lost > 0) this.#problems.add(`${lost} of its ${chunks} chunks are lost, zeros stand there`);
    if (lost < 0) this.#problems.add('it has more chunks than it should');
    for (const [idx, row] of [...places].sort(([a], [b]) => a - b)) this.#writeChunk(idx, row);
  }

  #writeChunk(idx: number, { blob, isSound }: Pick<ChunkRow, 'blob' | 'isSound'>): void {
    const { chunkSizeBytes } = this.#from;
    const start = idx * chunkSizeBytes;
    if (idx < 0 || start >= FILE_SIZE_MAX) {
      this.#problems.add('one of its chunks has no place');
      return;
    }
    const found = this.#from.blob(blob);
    const end = Math.min(start + chunkSizeBytes, Math.max(this.#inode.size, start));
    if (found === undefined) {
      this.#note(start, end, 'lost');
      return;
    }
    const data = found.data.subarray(0, chunkSizeBytes);
    this.#put(data, start);
    if (isSound && found.isProven && found.data.length <= chunkSizeBytes) return;
    this.#note(start, start + data.length, 'unproven');
    // Where a chunk ends nobody knows any more; what is missing there reads as zeros.
    if (start + data.length < end) this.#note(start + data.length, end, 'lost');
  }

  #put(data: Buffer, position: number): void {
    for (let done = 0; done < data.length; ) {
      done += writeSync(this.#fd, data, done, data.length - done, position + done);
    }
    this.#end = Math.max(this.#end, position + data.length);
  }

  #note(start: number, end: number, state: SalvagedRange['state']): void {
    this.#problems.add(
      state === 'lost' ? 'some of its bytes are lost' : 'some of its bytes are damaged',
    );
    if (this.#ranges.length < RANGES_MAX) this.#ranges.push({ start, end, state });
  }
}
