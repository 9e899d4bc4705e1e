/**
 * A lock in memory that threads share, for a few microseconds at a time: whoever finds it taken sleeps.
 * After "Futexes Are Tricky" (Ulrich Drepper), the second mutex.
 *
 *   free ──▶ taken ──somebody waits──▶ waited for ──▶ free, one of them is woken
 */
const FREE = 0;
const TAKEN = 1;
const WAITED_FOR = 2;

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
    this.#take();
    try {
      return work();
    } finally {
      this.#free();
    }
  }

  #take(): void {
    let before = Atomics.compareExchange(this.#cells, this.#cell, FREE, TAKEN);
    while (before !== FREE) {
      if (
        before === WAITED_FOR ||
        Atomics.compareExchange(this.#cells, this.#cell, TAKEN, WAITED_FOR) !== FREE
      ) {
        Atomics.wait(this.#cells, this.#cell, WAITED_FOR);
      }
      before = Atomics.compareExchange(this.#cells, this.#cell, FREE, WAITED_FOR);
    }
  }

  #free(): void {
    if (Atomics.exchange(this.#cells, this.#cell, FREE) === WAITED_FOR) {
      Atomics.notify(this.#cells, this.#cell, 1);
    }
  }
}
