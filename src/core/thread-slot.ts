/**
 * What one thread that has a volume open tells of itself, in memory that all threads of the volume
 * share: gauges of the moment, and counters of its operations that only grow.
 *
 * INVARIANT: only the thread that has the slot writes to it, so that nothing needs to be locked and no
 * count is lost. Others read; a number may be a moment old.
 */
import { OPERATION_KINDS, OPERATION_RESULTS } from './operation-kinds.js';
import {
  type HistogramReading,
  histogramCells,
  observeIn,
  readHistogram,
  SECONDS_BOUNDS,
} from './shared-histogram.js';

/** Instants are milliseconds since 1970, 0 for "none". */
const GAUGES = [
  /** Writes accepted and not answered, and the bytes that they carry. */
  'queueCommands',
  'queueBytes',
  /** Callers that wait for room in the queue. */
  'queueWaiters',
  /** Since when the oldest of all those waits. */
  'queueSinceMs',
  /** Read connections, those that are lent, and callers that wait for one. */
  'readersOpen',
  'readersLeased',
  'readersWaiting',
  /** Since when the oldest view is kept. */
  'snapshotSinceMs',
  /** Tasks on reader threads, and since when the oldest runs. */
  'tasks',
  'taskSinceMs',
] as const;

export type ThreadGauge = (typeof GAUGES)[number];

const GAUGE_NUMBERS = Object.fromEntries(GAUGES.map((name, number) => [name, number])) as Readonly<
  Record<ThreadGauge, number>
>;

const READ_BYTES = GAUGES.length;
/** How many reads met damage, and when the last one did, in milliseconds since 1970. */
const DAMAGE = READ_BYTES + 1;
const COUNTS = DAMAGE + 2;
const DURATIONS = COUNTS + OPERATION_KINDS.length * OPERATION_RESULTS.length;
const DURATION_CELLS = histogramCells(SECONDS_BOUNDS);

export const SLOT_CELLS: number = DURATIONS + OPERATION_KINDS.length * DURATION_CELLS;

export class ThreadSlot {
  readonly #cells: Float64Array;

  /** Without `cells` nobody else sees what is told. */
  constructor(cells: Float64Array = new Float64Array(SLOT_CELLS)) {
    this.#cells = cells;
  }

  get(gauge: ThreadGauge): number {
    return this.#cells[GAUGE_NUMBERS[gauge]] as number;
  }

  set(gauge: ThreadGauge, value: number): void {
    this.#cells[GAUGE_NUMBERS[gauge]] = value;
  }

  /** The thread has gone: what it counted stays counted. */
  clearGauges(): void {
    this.#cells.fill(0, 0, GAUGES.length);
  }

  /** One cell, for who reads content: bytes of it so far. */
  get readBytes(): Float64Array {
    return this.#cells.subarray(READ_BYTES, READ_BYTES + 1);
  }

  /** Two cells, for who reads: how many reads met damage, and when the last one did. */
  get damage(): Float64Array {
    return this.#cells.subarray(DAMAGE, DAMAGE + 2);
  }

  /** Counts an operation by the numbers of its kind and its result. */
  count(kind: number, result: number): void {
    const cell = COUNTS + kind * OPERATION_RESULTS.length + result;
    this.#cells[cell] = (this.#cells[cell] as number) + 1;
  }

  countOf(kind: number, result: number): number {
    return this.#cells[COUNTS + kind * OPERATION_RESULTS.length + result] as number;
  }

  observe(kind: number, seconds: number): void {
    observeIn(this.#cells, DURATIONS + kind * DURATION_CELLS, SECONDS_BOUNDS, seconds);
  }

  durations(kind: number): HistogramReading {
    return readHistogram(this.#cells, DURATIONS + kind * DURATION_CELLS, SECONDS_BOUNDS);
  }
}
