/**
 * A count for each inode, in memory that threads share. Inodes that share a cell are counted together, so
 * a count may be too high, never too low.
 */
import type { Ino } from './ino.js';

const CELLS = 1 << 16;

export class InodeCounts {
  static readonly BYTES: number = CELLS * Int32Array.BYTES_PER_ELEMENT;
  readonly #cells: Int32Array;

  /** `offset` is where the counts begin, in bytes. */
  constructor(buffer: SharedArrayBuffer, offset: number) {
    this.#cells = new Int32Array(buffer, offset, CELLS);
  }

  /** Returns what the count was before. */
  add(ino: Ino, by: number): number {
    return Atomics.add(this.#cells, cellOf(ino), by);
  }

  /** False: nobody has counted this inode. */
  has(ino: Ino): boolean {
    return Atomics.load(this.#cells, cellOf(ino)) > 0;
  }
}

/** Also of a number that no inode should have: a volume may come from anybody. */
function cellOf(ino: Ino): number {
  return Math.abs(ino % CELLS);
}
