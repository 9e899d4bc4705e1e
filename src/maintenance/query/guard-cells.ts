/** What the process's main thread, which SQLite keeps busy, and its guard share. */
import type { QueryRequest } from './protocol.js';

const BUSY = 0;
const CELL_COUNT = 1;
const LIMITS = 2;
const BYTES_PER_CELL = Int32Array.BYTES_PER_ELEMENT;
const LIMITS_OFFSET = 8;

/** How long the guard leaves it to the process that asked to end an overlong query, in milliseconds. */
const GRACE_MS = 2000;

export interface GuardLimits {
  /** Most memory of the process, in bytes. */
  readonly rssBytesMax: number;
  /** When the query must have ended, as milliseconds since 1970. */
  readonly deadlineMs: number;
}

export class GuardCells {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Int32Array;
  readonly #limits: Float64Array;

  constructor(
    buffer: SharedArrayBuffer = new SharedArrayBuffer(
      LIMITS_OFFSET + LIMITS * Float64Array.BYTES_PER_ELEMENT,
    ),
  ) {
    this.buffer = buffer;
    this.#cells = new Int32Array(buffer, BUSY * BYTES_PER_CELL, CELL_COUNT);
    this.#limits = new Float64Array(buffer, LIMITS_OFFSET, LIMITS);
  }

  begin({ memoryBytesMax, timeoutMs }: QueryRequest): void {
    this.#limits[0] = process.memoryUsage.rss() + memoryBytesMax;
    this.#limits[1] = Date.now() + timeoutMs + GRACE_MS;
    Atomics.store(this.#cells, BUSY, 1);
    Atomics.notify(this.#cells, BUSY);
  }

  end(): void {
    Atomics.store(this.#cells, BUSY, 0);
    Atomics.notify(this.#cells, BUSY);
  }

  /** The guard's side: sleeps until there is a query. */
  waitForQuery(): void {
    Atomics.wait(this.#cells, BUSY, 0);
  }

  /** Sleeps for `ms` or until the query has ended; whether it has not. */
  isBusyAfter(ms: number): boolean {
    return Atomics.wait(this.#cells, BUSY, 1, ms) === 'timed-out';
  }

  get limits(): GuardLimits {
    return { rssBytesMax: this.#limits[0] ?? 0, deadlineMs: this.#limits[1] ?? 0 };
  }
}
