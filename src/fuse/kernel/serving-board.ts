/**
 * What the serving threads of a mount and the thread that mounted share, in memory: how far the mount is,
 * and what each thread is at. Nobody needs an event loop to turn for it.
 *
 *   waiting ──begin()──▶ serving ──stop()──▶ stopping           waiting ──stop()──▶ stopping
 *
 * The kernel gives a request to whichever thread has waited longest, so threads that need not be there make
 * each request wake another one, on another processor. Those are parked (docs/decisions/0029-parked-threads.md).
 *
 * INVARIANT: while a request may come, a thread that is not parked waits for one, or has called for help
 * since it took its last one, or is about to be done.
 */

const PHASE = 0;
const ALIVE = 1;
const ERRORS = 2;
/** Grows with each call for help. */
const HELP = 3;
const HEAD_CELLS = 4;

const WAITING = 0;
const SERVING = 1;
const STOPPING = 2;

/** Of each thread: requests answered, the number of the one at hand (0: none), whether it waits for one. */
const REQUESTS = 0;
const UNIQUE = 1;
const IS_READING = 2;
const THREAD_CELLS = 3;

/** A thread that is parked looks round this often, in milliseconds, whoever forgot to call it. */
const LOOK_ROUND_MS = 1000;

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
    this.callHelp();
  }

  /** Blocks a serving thread until there is a mount; false when there will be none. */
  waitForMount(): boolean {
    Atomics.wait(this.#head, PHASE, WAITING);
    return !this.isStopping;
  }

  get isStopping(): boolean {
    return Atomics.load(this.#head, PHASE) === STOPPING;
  }

  /** A thread reads requests, or has ended doing so: 1 and -1. */
  countAlive(by: 1 | -1): void {
    Atomics.add(this.#head, ALIVE, by);
    Atomics.notify(this.#head, ALIVE);
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

  /** A thread waits for a request, or has one. */
  noteReading(thread: number, isReading: boolean): void {
    this.#threads[thread * THREAD_CELLS + IS_READING] = isReading ? 1 : 0;
  }

  isAnotherReading(thread: number): boolean {
    for (let other = 0; other * THREAD_CELLS < this.#threads.length; other += 1) {
      if (other !== thread && this.#threads[other * THREAD_CELLS + IS_READING] === 1) return true;
    }
    return false;
  }

  /** Who is parked is to read requests: those who do may be busy for long. */
  callHelp(): void {
    Atomics.add(this.#head, HELP, 1);
    Atomics.notify(this.#head, HELP);
  }

  /** Blocks a thread as long as another one waits for requests and nobody calls for help. */
  park(thread: number): void {
    for (;;) {
      const calls = Atomics.load(this.#head, HELP);
      if (this.isStopping || !this.isAnotherReading(thread)) return;
      if (Atomics.wait(this.#head, HELP, calls, LOOK_ROUND_MS) !== 'timed-out') return;
    }
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
