/**
 * Long work on a volume that is under way, in memory that all its threads share: how many of each kind,
 * and how far the newest of them is.
 */

export const PROGRESS_KINDS = ['check', 'backup', 'restore', 'compact', 'archive'] as const;

export type ProgressKind = (typeof PROGRESS_KINDS)[number];

export interface ProgressReading {
  /** Pieces of work of this kind that are under way. */
  readonly running: number;
  /** When the newest began, in milliseconds since 1970; 0 when none is under way. */
  readonly startedMs: number;
  /** What is done of the newest, from 0 to 1; 0 when none is under way, or it cannot tell. */
  readonly ratio: number;
}

const FIELDS = 3;
const RUNNING = 0;
const STARTED = 1;
const RATIO = 2;
// A counter that several threads change needs an integer.
const BYTES = PROGRESS_KINDS.length * FIELDS * Float64Array.BYTES_PER_ELEMENT;

/** A piece of work that is under way. */
export interface ProgressReport {
  /** How much of it is done. */
  report(done: number, total: number): void;
  /** It has ended, one way or the other; may be called twice. */
  end(): void;
}

export class ProgressBoard {
  readonly buffer: SharedArrayBuffer;
  readonly #values: Float64Array;
  readonly #counts: Int32Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(BYTES)) {
    this.buffer = buffer;
    this.#values = new Float64Array(buffer);
    this.#counts = new Int32Array(buffer);
  }

  /** Work of this kind begins. */
  begin(kind: ProgressKind): ProgressReport {
    const at = PROGRESS_KINDS.indexOf(kind) * FIELDS;
    const startedMs = Date.now();
    Atomics.add(this.#counts, (at + RUNNING) * 2, 1);
    this.#values[at + STARTED] = startedMs;
    this.#values[at + RATIO] = 0;
    let isOver = false;
    return {
      report: (done, total) => {
        const isNewest = this.#values[at + STARTED] === startedMs;
        if (isOver || !isNewest || !(total > 0)) return;
        this.#values[at + RATIO] = Math.min(1, Math.max(0, done / total));
      },
      end: () => {
        if (isOver) return;
        isOver = true;
        if (Atomics.sub(this.#counts, (at + RUNNING) * 2, 1) > 1) return;
        this.#values[at + STARTED] = 0;
        this.#values[at + RATIO] = 0;
      },
    };
  }

  read(kind: ProgressKind): ProgressReading {
    const at = PROGRESS_KINDS.indexOf(kind) * FIELDS;
    return {
      running: Atomics.load(this.#counts, (at + RUNNING) * 2),
      startedMs: this.#values[at + STARTED] as number,
      ratio: this.#values[at + RATIO] as number,
    };
  }
}
