/**
 * What the threads of a mount have open, counted in memory that they share with the writer: opening and
 * closing a file asks nobody.
 *
 * INVARIANT (what is open is kept): who opens holds first, then waits out a commit that is under way, then
 * looks whether the inode is there. The writer looks once more for holds after it has said that a commit is
 * under way, and begins anew when it was about to delete what is held (`batch.ts`).
 */
import type { Ino } from './ino.js';
import { InodeCounts } from './inode-counts.js';

const TOTAL = 0;
/** 1: the writer keeps inodes without a name because they are open. */
const IS_KEEPING = 1;
const HEAD_CELLS = 2;
const HEAD_BYTES = HEAD_CELLS * Int32Array.BYTES_PER_ELEMENT;

export class HoldBoard {
  readonly buffer: SharedArrayBuffer;
  readonly #head: Int32Array;
  readonly #holds: InodeCounts;

  /** Without a buffer, a new one. */
  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(HEAD_BYTES + InodeCounts.BYTES)) {
    this.buffer = buffer;
    this.#head = new Int32Array(buffer, 0, HEAD_CELLS);
    this.#holds = new InodeCounts(buffer, HEAD_BYTES);
  }

  /** Whether it was held before. */
  hold(ino: Ino): boolean {
    Atomics.add(this.#head, TOTAL, 1);
    return this.#holds.add(ino, 1) > 0;
  }

  /** True when that was the last hold and the writer may have waited for it. */
  release(ino: Ino): boolean {
    Atomics.sub(this.#head, TOTAL, 1);
    return this.#holds.add(ino, -1) === 1 && Atomics.load(this.#head, IS_KEEPING) === 1;
  }

  isHeld(ino: Ino): boolean {
    return this.#holds.has(ino);
  }

  /** Holds of all inodes. */
  get total(): number {
    return Atomics.load(this.#head, TOTAL);
  }

  /** Writer only: whether it is to be told when something is held no longer. */
  set isKeeping(isSo: boolean) {
    Atomics.store(this.#head, IS_KEEPING, isSo ? 1 : 0);
  }
}
