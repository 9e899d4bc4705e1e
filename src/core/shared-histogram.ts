/**
 * Histograms in memory that threads share: one thread counts, any thread reads. A bucket per bound, one
 * for what is beyond the last, and the sum. Counting is a few comparisons and two additions.
 */

/** What a histogram holds, or several that were added up. */
export interface HistogramReading {
  /** Upper bounds, growing. */
  readonly bounds: readonly number[];
  /** Values in each bucket alone; one more than there are bounds. */
  readonly counts: readonly number[];
  readonly sum: number;
}

/** 1-2-5 steps from 1 µs to 10 s, in seconds. */
export const SECONDS_BOUNDS: readonly number[] = [
  1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1,
  0.2, 0.5, 1, 2, 5, 10,
];

/** Powers of 2 from 1 to 16,384. */
export const COUNT_BOUNDS: readonly number[] = Array.from({ length: 15 }, (_, index) => 2 ** index);

/** Powers of 4 from 1 KiB to 1 GiB. */
export const BYTES_BOUNDS: readonly number[] = Array.from(
  { length: 11 },
  (_, index) => 1024 * 4 ** index,
);

/** Cells that a histogram takes: the buckets, and the sum. */
export function histogramCells(bounds: readonly number[]): number {
  return bounds.length + 2;
}

export class SharedHistogram {
  readonly #bounds: readonly number[];
  readonly #cells: Float64Array;

  /** `cells` has `histogramCells(bounds)` of them; only one thread calls `observe`. */
  constructor(bounds: readonly number[], cells: Float64Array) {
    this.#bounds = bounds;
    this.#cells = cells;
  }

  observe(value: number): void {
    observeIn(this.#cells, 0, this.#bounds, value);
  }

  get reading(): HistogramReading {
    return readHistogram(this.#cells, 0, this.#bounds);
  }
}

/** Counts a value in the histogram that begins at `at`. */
export function observeIn(
  cells: Float64Array,
  at: number,
  bounds: readonly number[],
  value: number,
): void {
  let bucket = 0;
  while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket += 1;
  cells[at + bucket] = (cells[at + bucket] as number) + 1;
  const sum = at + bounds.length + 1;
  cells[sum] = (cells[sum] as number) + value;
}

/** What is in the histogram that begins at `at`. */
export function readHistogram(
  cells: Float64Array,
  at: number,
  bounds: readonly number[],
): HistogramReading {
  const counts = Array.from(cells.subarray(at, at + bounds.length + 1));
  return { bounds, counts, sum: cells[at + bounds.length + 1] ?? 0 };
}

/** Several histograms of the same bounds as one. */
export function addReadings(readings: readonly HistogramReading[]): HistogramReading {
  const [first, ...others] = readings;
  if (first === undefined) throw new RangeError('no histogram to add up');
  const counts = [...first.counts];
  let { sum } = first;
  for (const other of others) {
    for (const [bucket, count] of other.counts.entries()) {
      counts[bucket] = (counts[bucket] ?? 0) + count;
    }
    sum += other.sum;
  }
  return { bounds: first.bounds, counts, sum };
}
