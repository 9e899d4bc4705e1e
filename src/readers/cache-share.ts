/**
 * The memory for page caches, divided among the threads that read one volume.
 *
 * Every thread has read connections of its own, and all of them together keep to one budget: each has an
 * equal part, which shrinks when a thread joins and grows when one leaves. The number of threads is in
 * shared memory, so that a thread that never lets its event loop turn sees it too.
 */
import type { ResolvedOptions } from '../core/options.js';

// Fewer pages than this and SQLite reads the same inner pages of a table again and again.
const CACHE_BYTES_MIN = 64 * 1024;

export class CacheShare {
  readonly #budgetBytes: number;
  readonly #threads: Int32Array;
  #seen = 1;

  /** `threads` is one cell: how many threads read the volume; absent when this one is alone. */
  constructor(
    { memoryBudgetBytes }: Pick<ResolvedOptions, 'memoryBudgetBytes'>,
    threads: Int32Array = Int32Array.of(1),
  ) {
    this.#budgetBytes = memoryBudgetBytes;
    this.#threads = threads;
  }

  /** Whether threads have come or gone since the last call of `note`. */
  get hasChanged(): boolean {
    return Atomics.load(this.#threads, 0) !== this.#seen;
  }

  /** What `bytesOf` says from now on is for the threads there are now. */
  note(): void {
    this.#seen = Math.max(1, Atomics.load(this.#threads, 0));
  }

  /** This thread's part of a fraction of the budget, in bytes. */
  bytesOf(fraction: number): number {
    return Math.max(CACHE_BYTES_MIN, (this.#budgetBytes * fraction) / this.#seen);
  }
}
