/**
 * Counts the operations of one thread. All are counted; every write is timed, and of the reads one in
 * `READS_PER_SAMPLE`: a read of 3 µs would lose 3 % to the two looks at the clock.
 */
import { performance } from 'node:perf_hooks';
import { kindNumber, RESULT_OK, resultNumber } from './operation-kinds.js';
import { ThreadSlot } from './thread-slot.js';

/** A prime, so that calls that come in turns are all sampled. */
export const READS_PER_SAMPLE = 13;

/** What `startRead` answers for a read that is not timed. */
const UNTIMED = -1;

export class OperationMeter {
  #slot: ThreadSlot;
  #untilSample = 1;
  #lastName = '';
  #lastKind = kindNumber('');

  constructor(slot: ThreadSlot) {
    this.#slot = slot;
  }

  /** The slot will be another thread's: what is counted from now on goes nowhere. */
  end(): void {
    this.#slot = new ThreadSlot();
  }

  /** To be given to `done` or `failed`. */
  startRead(): number {
    this.#untilSample -= 1;
    if (this.#untilSample > 0) return UNTIMED;
    this.#untilSample = READS_PER_SAMPLE;
    return performance.now();
  }

  /** To be given to `done` or `failed`. */
  start(): number {
    return performance.now();
  }

  /** `name` is that of a system call, a command or a function. */
  done(name: string, startedMs: number): void {
    const kind = this.#kindOf(name);
    this.#slot.count(kind, RESULT_OK);
    if (startedMs !== UNTIMED) this.#observe(kind, startedMs);
  }

  failed(name: string, startedMs: number, error: unknown): void {
    const kind = this.#kindOf(name);
    this.#slot.count(kind, resultNumber(error));
    if (startedMs !== UNTIMED) this.#observe(kind, startedMs);
  }

  /** Calls of one kind often follow each other: comparing is cheaper than looking up. */
  #kindOf(name: string): number {
    if (name !== this.#lastName) {
      this.#lastName = name;
      this.#lastKind = kindNumber(name);
    }
    return this.#lastKind;
  }

  #observe(kind: number, startedMs: number): void {
    this.#slot.observe(kind, (performance.now() - startedMs) / 1000);
  }
}
