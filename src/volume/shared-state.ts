/** What all threads that have one volume open know of it at once: a few cells of shared memory. */

const LIFE = 0;
const THREADS = 1;
const HANDLES = 2;
const CELLS = 3;
const CELL_BYTES = Int32Array.BYTES_PER_ELEMENT;

const LIFE_OPEN = 0;
const LIFE_CLOSING = 1;

export class SharedState {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Int32Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(CELLS * CELL_BYTES)) {
    this.buffer = buffer;
    this.#cells = new Int32Array(buffer);
  }

  /** Whether who opened the volume is closing it, or has. */
  get isClosing(): boolean {
    return Atomics.load(this.#cells, LIFE) !== LIFE_OPEN;
  }

  /** From now on no thread begins anything new. */
  beginClosing(): void {
    Atomics.store(this.#cells, LIFE, LIFE_CLOSING);
  }

  /** One cell: threads that read the volume, the one that opened it included. */
  get threads(): Int32Array {
    return this.#cells.subarray(THREADS, THREADS + 1);
  }

  /** Threads come and go by 1 and -1. */
  countThread(by: 1 | -1): void {
    Atomics.add(this.#cells, THREADS, by);
  }

  /** Counts a handle given out; false, and not counted, when there are `max` already. */
  takeHandle(max: number): boolean {
    if (Atomics.add(this.#cells, HANDLES, 1) < max) return true;
    this.giveHandleBack();
    return false;
  }

  giveHandleBack(): void {
    Atomics.sub(this.#cells, HANDLES, 1);
  }
}

const UNUSED = 0;
const ATTACHED = 1;
const SPENT = 2;

/** Whether a handle has been used: a cell that its maker and every copy of the handle share. */
export class Claim {
  readonly buffer: SharedArrayBuffer;
  readonly #cell: Int32Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(CELL_BYTES)) {
    this.buffer = buffer;
    this.#cell = new Int32Array(buffer);
  }

  get isAttached(): boolean {
    return Atomics.load(this.#cell, 0) === ATTACHED;
  }

  /** Uses the handle; false when it has been used before. */
  take(): boolean {
    return Atomics.compareExchange(this.#cell, 0, UNUSED, ATTACHED) === UNUSED;
  }

  /** Spends it; true for the one caller who thereby ends an attachment. */
  end(): boolean {
    return Atomics.exchange(this.#cell, 0, SPENT) === ATTACHED;
  }
}
