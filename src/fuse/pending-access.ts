/**
 * Access times that are being moved without anybody waiting, as all threads of a mount know them: a file is
 * read through one thread and looked at through another.
 *
 * INVARIANT: what was posted before `posted` said so has been done once `settled` says the same: both count
 * up, and who settles has read `posted` first and waited for the writer then.
 */
import type { Ino } from '../core/ino.js';

/** Inodes that share a cell wait for each other now and then. */
const CELLS = 1024;
const POSTED = 0;
const SETTLED = CELLS;

export function createPendingAccessBoard(): SharedArrayBuffer {
  return new SharedArrayBuffer(2 * CELLS * Int32Array.BYTES_PER_ELEMENT);
}

export class PendingAccess {
  readonly #cells: Int32Array;

  constructor(board: SharedArrayBuffer) {
    this.#cells = new Int32Array(board);
  }

  /** A new access time of the inode is on its way to the writer. */
  notePosted(ino: Ino): void {
    Atomics.add(this.#cells, POSTED + (ino % CELLS), 1);
  }

  /** Whether a new access time of the inode may be on its way. */
  isPending(ino: Ino): boolean {
    const cell = ino % CELLS;
    const posted = Atomics.load(this.#cells, POSTED + cell);
    return Atomics.load(this.#cells, SETTLED + cell) !== posted;
  }

  /** Calls `wait`, which waits for the writer, if an access time of the inode may be on its way. */
  settle(ino: Ino, wait: () => void): void {
    const cell = ino % CELLS;
    const posted = Atomics.load(this.#cells, POSTED + cell);
    if (Atomics.load(this.#cells, SETTLED + cell) === posted) return;
    wait();
    Atomics.store(this.#cells, SETTLED + cell, posted);
  }
}
