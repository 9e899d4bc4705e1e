/**
 * The pin: a reader thread begins its view between two commits, so that it is known which commit is the
 * last one in it, and how much of the log belongs to it.
 *
 *   reader thread          who asked               writer thread
 *   WAITING, 'ready' ────▶ control 'pin' ────────▶ takes SQLite's write lock: nobody commits now
 *                        ◀──────────────────────── GO, with the number of the commit and the frames
 *   BEGIN, first read
 *   PINNED ──────────────────────────────────────▶ lets go of the lock, goes on
 *
 * The writer stands still for some tens of microseconds, at most `STANDSTILL_MAX_MS`. A reader that is
 * not there by then finds ABANDONED and asks again; after some attempts its view has no number.
 */
import type { Connection } from '../sqlite/connection.js';
import { lastCommitWhenClosed } from '../store/commit-numbers.js';

/** Longest that the writer waits for the reader, in milliseconds. */
const STANDSTILL_MAX_MS = 50;
/** Longest that the reader waits for the writer, in milliseconds; then it goes on without a number. */
const WRITER_WAIT_MAX_MS = 15_000;
const LOOK_EVERY_MS = 100;
const ATTEMPTS = 5;

const STATE = 0;
const WAITING = 0;
const GO = 1;
const PINNED = 2;
const ABANDONED = 3;
/** There is no writer to ask. */
const ALONE = 4;

/** Message of the reader thread to who asked for its task. */
export const PIN_READY = 'ready';

const STATE_BYTES = 8;
const NUMBERS = 2;
const COMMIT = 0;
const FRAMES = 1;

export interface Pinned {
  /** Number of the last commit in the view; null when it could not be known. */
  readonly commit: number | null;
  /** Frames of the log that belong to the view; null when that could not be known. */
  readonly walFrames: number | null;
}

/** What a task on a reader thread may do meanwhile; see `TaskControl`. */
export interface PinControl {
  report(progress: unknown, always?: boolean): void;
  throwIfCancelled(): void;
}

/** The way to the writer. */
export interface PinClient {
  control(control: { readonly type: 'pin'; readonly cells: SharedArrayBuffer }): Promise<unknown>;
}

/** Cells that reader, writer and who asked share. */
export function createPinCells(): SharedArrayBuffer {
  return new SharedArrayBuffer(STATE_BYTES + NUMBERS * Float64Array.BYTES_PER_ELEMENT);
}

function stateOf(cells: SharedArrayBuffer): Int32Array {
  return new Int32Array(cells, 0, 1);
}

function numbersOf(cells: SharedArrayBuffer): Float64Array {
  return new Float64Array(cells, STATE_BYTES, NUMBERS);
}

function announce(state: Int32Array, value: number): void {
  Atomics.store(state, STATE, value);
  Atomics.notify(state, STATE);
}

/** Has the writer let the reader of `cells` pin its view: to be called when it says `PIN_READY`. */
export async function requestPin(
  client: PinClient | undefined,
  cells: SharedArrayBuffer,
): Promise<void> {
  try {
    if (client === undefined) announce(stateOf(cells), ALONE);
    else await client.control({ type: 'pin', cells });
  } catch {
    // A writer that has failed or gone commits nothing more; the view is as good without a number.
    announce(stateOf(cells), ALONE);
  }
}

/** A listener for the messages of a task that pins: answers its `PIN_READY`, hands on the rest. */
export function answeringPin<Progress>(
  client: PinClient | undefined,
  cells: SharedArrayBuffer,
  onProgress: ((progress: Progress) => void) | undefined,
): (message: Progress | typeof PIN_READY) => void {
  return (message) => {
    if (message === PIN_READY) void requestPin(client, cells);
    else onProgress?.(message);
  };
}

/** On a reader thread: begins a view on `connection`, which the caller ends with COMMIT. */
export function pinSnapshot(
  cells: SharedArrayBuffer,
  connection: Connection,
  control: PinControl,
): Pinned {
  const state = stateOf(cells);
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const answer = askWriter(state, control);
    connection.beginView();
    if (answer === ALONE) return { commit: lastCommitWhenClosed(connection), walFrames: null };
    if (Atomics.compareExchange(state, STATE, GO, PINNED) === GO) {
      Atomics.notify(state, STATE);
      const numbers = numbersOf(cells);
      return { commit: knownOrNull(numbers[COMMIT]), walFrames: knownOrNull(numbers[FRAMES]) };
    }
    connection.execute('COMMIT');
  }
  connection.beginView();
  return { commit: null, walFrames: null };
}

function knownOrNull(value: number | undefined): number | null {
  return value === undefined || value < 0 ? null : value;
}

/** Resolves to GO or ALONE; to ABANDONED when the reader was too late. */
function askWriter(state: Int32Array, control: PinControl): number {
  Atomics.store(state, STATE, WAITING);
  control.report(PIN_READY, true);
  const untilMs = performance.now() + WRITER_WAIT_MAX_MS;
  while (Atomics.load(state, STATE) === WAITING) {
    control.throwIfCancelled();
    if (performance.now() > untilMs) return ALONE;
    Atomics.wait(state, STATE, WAITING, LOOK_EVERY_MS);
  }
  return Atomics.load(state, STATE);
}

/**
 * On the writer thread, while nobody can commit: lets the reader go. `null`s are numbers that are not
 * known. Returns whether it has pinned.
 */
export function letPin(cells: SharedArrayBuffer, pinned: Pinned): boolean {
  const state = stateOf(cells);
  const numbers = numbersOf(cells);
  numbers[COMMIT] = pinned.commit ?? -1;
  numbers[FRAMES] = pinned.walFrames ?? -1;
  // A reader that has gone, or waits no longer, is not waited for.
  if (Atomics.compareExchange(state, STATE, WAITING, GO) !== WAITING) return false;
  Atomics.notify(state, STATE);
  Atomics.wait(state, STATE, GO, STANDSTILL_MAX_MS);
  return Atomics.compareExchange(state, STATE, GO, ABANDONED) === PINNED;
}
