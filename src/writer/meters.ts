/**
 * What the writer thread measures of its work, in memory that any thread reads: batches, commits, syncs
 * and checkpoints.
 *
 * INVARIANT: only the writer thread writes here.
 */
import {
  BYTES_BOUNDS,
  COUNT_BOUNDS,
  type HistogramReading,
  histogramCells,
  SECONDS_BOUNDS,
  SharedHistogram,
} from '../core/shared-histogram.js';

export type WriterHistogram =
  /** Commands of a batch. */
  | 'batchCommands'
  /** Bytes of content of a batch. */
  | 'batchBytes'
  /** From the first command of a batch to the end of its commit. */
  | 'batchSeconds'
  /** COMMIT alone; with `full` its sync is in it. */
  | 'commitSeconds'
  /** Syncs of the log that are not part of a commit. */
  | 'syncSeconds'
  | 'checkpointSeconds';

const HISTOGRAMS: Readonly<Record<WriterHistogram, readonly number[]>> = {
  batchCommands: COUNT_BOUNDS,
  batchBytes: BYTES_BOUNDS,
  batchSeconds: SECONDS_BOUNDS,
  commitSeconds: SECONDS_BOUNDS,
  syncSeconds: SECONDS_BOUNDS,
  checkpointSeconds: SECONDS_BOUNDS,
};

const NAMES = Object.keys(HISTOGRAMS) as WriterHistogram[];

function firstCellOf(name: WriterHistogram): number {
  let cell = 0;
  for (const before of NAMES) {
    if (before === name) break;
    cell += histogramCells(HISTOGRAMS[before]);
  }
  return cell;
}

export const METER_CELLS: number = NAMES.reduce(
  (cells, name) => cells + histogramCells(HISTOGRAMS[name]),
  0,
);

export class WriterMeters {
  readonly #histograms: Readonly<Record<WriterHistogram, SharedHistogram>>;

  constructor(cells: Float64Array) {
    this.#histograms = Object.fromEntries(
      NAMES.map((name) => {
        const first = firstCellOf(name);
        const bounds = HISTOGRAMS[name];
        const own = cells.subarray(first, first + histogramCells(bounds));
        return [name, new SharedHistogram(bounds, own)];
      }),
    ) as Record<WriterHistogram, SharedHistogram>;
  }

  observe(name: WriterHistogram, value: number): void {
    this.#histograms[name].observe(value);
  }

  read(name: WriterHistogram): HistogramReading {
    return this.#histograms[name].reading;
  }
}
