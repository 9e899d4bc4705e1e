/**
 * A lock in memory that threads of one process share, for a few microseconds at a time: whoever finds it taken
 * sleeps. After "Futexes Are Tricky" (Ulrich Drepper), the second mutex; the cell names the thread that has it, so
 * that it can be taken from one that has died.
 *
 *   0 ──▶ owner ──somebody waits──▶ owner, waited for ──▶ 0, one of them is woken
 */
import { threadId } from 'node:worker_threads';

const FREE = 0;
const WAITED_FOR = 1 << 30;

/** The main thread has number 0, which is no owner. */
function ownerOf(thread: number): number {
  return thread + 1;
}

export class SharedLock {
  readonly #cells: Int32Array;
  readonly #cell: number;

  /** `cells[cell]` is the lock; 0 is free. */
  constructor(cells: Int32Array, cell: number) {
    this.#cells = cells;
    this.#cell = cell;
  }

  /** Runs `work`, which must neither wait nor take the lock, while nobody else has it. */
  hold<T>(work: () => T): T {
    this.#take(ownerOf(threadId));
    try {
      return work();
    } finally {
      this.#free(1);
    }
  }

  /**
   * Takes it from a thread that has died while it had it, and lets it go after `mend`, which brings in order
   * what the thread has left half done. Does nothing when that thread does not have it.
   */
  takeFromDead(thread: number, mend: () => void): void {
    if ((Atomics.load(this.#cells, this.#cell) & ~WAITED_FOR) !== ownerOf(thread)) return;
    try {
      mend();
    } finally {
      this.#free(Number.POSITIVE_INFINITY);
    }
  }

  #take(owner: number): void {
    let before = Atomics.compareExchange(this.#cells, this.#cell, FREE, owner);
    while (before !== FREE) {
      const waited = before | WAITED_FOR;
      if (
        before === waited ||
        Atomics.compareExchange(this.#cells, this.#cell, before, waited) === before
      ) {
        Atomics.wait(this.#cells, this.#cell, waited);
      }
      before = Atomics.compareExchange(this.#cells, this.#cell, FREE, owner | WAITED_FOR);
    }
  }

  #free(wake: number): void {
    if ((Atomics.exchange(this.#cells, this.#cell, FREE) & WAITED_FOR) !== 0) {
      Atomics.notify(this.#cells, this.#cell, wake);
    }
  }
}
