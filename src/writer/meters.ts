/**
 * What the writer thread measures of its work, in memory that any thread reads: histograms of batches,
 * commits and syncs, and checkpoints by mode and result.
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
import type { CheckpointMode } from '../sqlite/wal.js';

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

export const CHECKPOINT_MODES: readonly CheckpointMode[] = [
  'passive',
  'full',
  'restart',
  'truncate',
];

/**
 * How a checkpoint ended: everything moved, not all of it because a view needs the rest, kept from it by
 * a lock, or with an error.
 */
export const CHECKPOINT_RESULTS = ['done', 'partial', 'busy', 'failed'] as const;

export type CheckpointOutcome = (typeof CHECKPOINT_RESULTS)[number];

const NAMES = Object.keys(HISTOGRAMS) as WriterHistogram[];
const COUNTS = CHECKPOINT_MODES.length * CHECKPOINT_RESULTS.length;

function firstCellOf(name: WriterHistogram): number {
  let cell = COUNTS;
  for (const before of NAMES) {
    if (before === name) break;
    cell += histogramCells(HISTOGRAMS[before]);
  }
  return cell;
}

export const METER_CELLS: number = NAMES.reduce(
  (cells, name) => cells + histogramCells(HISTOGRAMS[name]),
  COUNTS,
);

export class WriterMeters {
  readonly #cells: Float64Array;
  readonly #histograms: Readonly<Record<WriterHistogram, SharedHistogram>>;

  constructor(cells: Float64Array) {
    this.#cells = cells;
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

  countCheckpoint(mode: CheckpointMode, outcome: CheckpointOutcome): void {
    const cell = cellOf(mode, outcome);
    this.#cells[cell] = (this.#cells[cell] as number) + 1;
  }

  checkpoints(mode: CheckpointMode, outcome: CheckpointOutcome): number {
    return this.#cells[cellOf(mode, outcome)] as number;
  }
}

function cellOf(mode: CheckpointMode, outcome: CheckpointOutcome): number {
  return (
    CHECKPOINT_MODES.indexOf(mode) * CHECKPOINT_RESULTS.length + CHECKPOINT_RESULTS.indexOf(outcome)
  );
}
