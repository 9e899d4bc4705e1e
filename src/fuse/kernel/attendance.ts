/**
 * Which of the threads of a mount wait for requests: one, as long as it keeps up, because a request that wakes
 * a thread which has just answered one finds it on the processor of who asks. The others are parked.
 *
 *   parked ──a thread is about to sleep, or finds request after request waiting──▶ reading
 *   reading ──it had to wait, and another thread waits, too──▶ parked                  (never thread 0)
 */
import { performance } from 'node:perf_hooks';
import type { ServingBoard } from './serving-board.js';

/** A request that came this soon was there already, in milliseconds; big ones take that long to copy. */
const WAS_THERE_MS = 0.02;
/** So many of them in a row, and one thread does not keep up. */
const IN_A_ROW = 16;
/** A thread that waited this long was not missed, in milliseconds. */
const NOT_MISSED_MS = 0.05;

export class Attendance {
  readonly #board: ServingBoard;
  readonly #thread: number;
  #sinceMs = 0;
  #waitedMs = Number.POSITIVE_INFINITY;
  #inARow = 0;

  constructor(board: ServingBoard, thread: number) {
    this.#board = board;
    this.#thread = thread;
  }

  /** The thread is about to wait for a request; parks it where it is not needed. */
  beginWait(): void {
    if (this.#thread > 0 && this.#waitedMs >= NOT_MISSED_MS) this.#board.park(this.#thread);
    this.#board.noteReading(this.#thread, true);
    this.#sinceMs = performance.now();
  }

  /** It has one, or will have none. */
  endWait(): void {
    this.#waitedMs = performance.now() - this.#sinceMs;
    this.#board.noteReading(this.#thread, false);
    this.#inARow = this.#waitedMs < WAS_THERE_MS ? this.#inARow + 1 : 0;
    if (this.#inARow < IN_A_ROW) return;
    this.#inARow = 0;
    this.#board.callHelp();
  }

  /** It waits for no more requests: others have to. */
  leave(): void {
    this.#board.noteReading(this.#thread, false);
    this.#board.callHelp();
  }
}
