/**
 * What the serving threads of a mount and the thread that mounted share, in memory: how far the mount is,
 * and what each thread is at. Nobody needs an event loop to turn for it.
 *
 *   waiting ──begin()──▶ serving ──stop()──▶ stopping           waiting ──stop()──▶ stopping
 */
import { closeSync } from 'node:fs';

const PHASE = 0;
const ALIVE = 1;
const ERRORS = 2;
/** 1 when somebody has closed the descriptor, or is about to. */
const CLOSED = 3;
const HEAD_CELLS = 4;

const WAITING = 0;
const SERVING = 1;
const STOPPING = 2;

/** Of each thread: requests answered, and the number of the one at hand (0: none). */
const REQUESTS = 0;
const UNIQUE = 1;
const THREAD_CELLS = 2;

const HEAD_BYTES = HEAD_CELLS * Int32Array.BYTES_PER_ELEMENT;

export class ServingBoard {
  readonly buffer: SharedArrayBuffer;
  readonly #head: Int32Array;
  readonly #threads: Float64Array;

  constructor(source: SharedArrayBuffer | number) {
    this.buffer =
      typeof source === 'number'
        ? new SharedArrayBuffer(HEAD_BYTES + source * THREAD_CELLS * 8)
        : source;
    this.#head = new Int32Array(this.buffer, 0, HEAD_CELLS);
    this.#threads = new Float64Array(this.buffer, HEAD_BYTES);
  }

  /** The mount is there: requests come. */
  begin(): void {
    this.#enter(SERVING);
  }

  /** No thread reads another request: those that wait for `begin` end at once. */
  stop(): void {
    this.#enter(STOPPING);
  }

  #enter(phase: number): void {
    Atomics.store(this.#head, PHASE, phase);
    Atomics.notify(this.#head, PHASE);
  }

  /** Blocks a serving thread until there is a mount; false when there will be none. */
  waitForMount(): boolean {
    Atomics.wait(this.#head, PHASE, WAITING);
    return !this.isStopping;
  }

  get isStopping(): boolean {
    return Atomics.load(this.#head, PHASE) === STOPPING;
  }

  /** A thread reads requests, or has ended doing so: 1 and -1. Returns how many do now. */
  countAlive(by: 1 | -1): number {
    const before = Atomics.add(this.#head, ALIVE, by);
    Atomics.notify(this.#head, ALIVE);
    return before + by;
  }

  /** Closes the descriptor of the mount, unless somebody has: its number may be another file's by then. */
  closeOnce(fd: number): void {
    if (Atomics.compareExchange(this.#head, CLOSED, 0, 1) === 0) closeSync(fd);
  }

  /** Threads that read requests. */
  get alive(): number {
    return Atomics.load(this.#head, ALIVE);
  }

  /** Blocks this thread until fewer than `count` read requests; false when that took longer. */
  waitForFewer(count: number, timeoutMs: number): boolean {
    const endsAt = performance.now() + timeoutMs;
    for (let seen = this.alive; seen >= count; seen = this.alive) {
      const leftMs = endsAt - performance.now();
      if (leftMs <= 0) return false;
      Atomics.wait(this.#head, ALIVE, seen, leftMs);
    }
    return true;
  }

  /** A request had an error that has no errno; the caller was told EIO. */
  countError(): void {
    Atomics.add(this.#head, ERRORS, 1);
  }

  get errors(): number {
    return Atomics.load(this.#head, ERRORS);
  }

  beginRequest(thread: number, unique: number): void {
    this.#threads[thread * THREAD_CELLS + UNIQUE] = unique;
  }

  endRequest(thread: number): void {
    const cell = thread * THREAD_CELLS;
    this.#threads[cell + UNIQUE] = 0;
    this.#threads[cell + REQUESTS] = (this.#threads[cell + REQUESTS] as number) + 1;
  }

  /** The request that a thread has not answered, 0 when there is none. */
  uniqueOf(thread: number): number {
    return this.#threads[thread * THREAD_CELLS + UNIQUE] as number;
  }

  /** Requests that all threads have answered. */
  get requests(): number {
    let sum = 0;
    for (let cell = REQUESTS; cell < this.#threads.length; cell += THREAD_CELLS) {
      sum += this.#threads[cell] as number;
    }
    return sum;
  }
}
