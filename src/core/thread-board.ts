/**
 * The slots of all threads that have one volume open, in one piece of shared memory that grows with
 * their number. Any thread takes a slot, any thread reads them all, and nobody waits for anybody.
 *
 *   free ──take()──▶ taken ──giveBack()──▶ free          what was counted in it stays
 */
import { SLOT_CELLS, ThreadSlot } from './thread-slot.js';

/** The thread that opened the volume, and as many handles as there may be. */
export const SLOTS_MAX: number = 1 + 1024;

// Before the slots: how many were ever taken, then a cell per slot.
const USED = 0;
const FIRST_STATE = 1;
const FREE = 0;
const TAKEN = 1;

const SLOT_BYTES = SLOT_CELLS * Float64Array.BYTES_PER_ELEMENT;
const STATES_BYTES = Math.ceil(((FIRST_STATE + SLOTS_MAX) * Int32Array.BYTES_PER_ELEMENT) / 8) * 8;

function bytesFor(slots: number): number {
  return STATES_BYTES + slots * SLOT_BYTES;
}

function createBuffer(): SharedArrayBuffer {
  return new SharedArrayBuffer(bytesFor(1), { maxByteLength: bytesFor(SLOTS_MAX) });
}

export class ThreadBoard {
  readonly buffer: SharedArrayBuffer;
  readonly #states: Int32Array;
  readonly #slots: ThreadSlot[] = [];

  constructor(buffer: SharedArrayBuffer = createBuffer()) {
    this.buffer = buffer;
    this.#states = new Int32Array(buffer, 0, FIRST_STATE + SLOTS_MAX);
  }

  /** Number of a slot that is the caller's from now on; undefined when all are taken. */
  take(): number | undefined {
    for (let number = 0; number < SLOTS_MAX; number += 1) {
      const before = Atomics.compareExchange(this.#states, FIRST_STATE + number, FREE, TAKEN);
      if (before !== FREE) continue;
      this.#growTo(number + 1);
      return number;
    }
    return undefined;
  }

  /** Its thread has gone, or never came. */
  giveBack(number: number): void {
    this.slot(number).clearGauges();
    Atomics.store(this.#states, FIRST_STATE + number, FREE);
  }

  slot(number: number): ThreadSlot {
    let slot = this.#slots[number];
    if (slot === undefined) {
      slot = new ThreadSlot(new Float64Array(this.buffer, bytesFor(number), SLOT_CELLS));
      this.#slots[number] = slot;
    }
    return slot;
  }

  /** Every slot that was ever taken: what is counted in one outlives its thread. */
  get slots(): readonly ThreadSlot[] {
    const used = Atomics.load(this.#states, USED);
    for (let number = 0; number < used; number += 1) this.slot(number);
    return this.#slots;
  }

  #growTo(count: number): void {
    const bytes = bytesFor(count);
    while (this.buffer.byteLength < bytes) {
      try {
        this.buffer.grow(bytes);
      } catch (error) {
        // Another thread has made it longer meanwhile.
        if (this.buffer.byteLength < bytes) throw error;
      }
    }
    let used = Atomics.load(this.#states, USED);
    while (used < count) {
      const before = Atomics.compareExchange(this.#states, USED, used, count);
      if (before === used) return;
      used = before;
    }
  }
}
