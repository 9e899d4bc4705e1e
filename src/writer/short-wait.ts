/**
 * A client's short wait for the answer to a lone command, without its event loop: see `doorbell.ts` for
 * what that saves. Measured with one caller that awaits each write: 54 µs instead of 160 µs beside a
 * commit of 44 µs (docs/decisions/0011-short-wait.md).
 *
 * Bounded twice, so that nobody notices: a turn of the event loop waits `TURN_MS` in all, as much as it
 * may spend reading; and where answers take longer (a slow disk, a busy machine) most waits are left out.
 */
import { performance } from 'node:perf_hooks';
import { BESIDE, canLook, type Doorbell, FROM_WRITER, look } from './doorbell.js';

/** Longest wait for one answer: a small commit with its sync on a good disk. */
const SHORT_WAIT_MS = 0.5;
const TURN_MS = 1.5;
const LEFT_OUT_MAX = 16;
/** Waits in vain that are taken for an accident: the writer was interrupted, or made a checkpoint. */
const ACCIDENTS = 3;

export class ShortWait {
  #turnEndMs = 0;
  /** Waits to leave out, after several were in vain. */
  #leftOut = 0;
  #inVain = 0;

  /**
   * Whether the writer has posted more than `seen` messages, after looking for a moment: for a thread
   * that goes on to sleep if not.
   */
  look(doorbell: Doorbell, seen: number): boolean {
    // That nobody may look for a while says nothing of whether it pays.
    if (!canLook(Atomics.load(doorbell, BESIDE)))
      return Atomics.load(doorbell, FROM_WRITER) !== seen;
    if (this.#leftOut > 0) {
      this.#leftOut -= 1;
      return false;
    }
    if (look(doorbell, FROM_WRITER, seen, SHORT_WAIT_MS)) {
      this.#inVain = 0;
      return true;
    }
    this.#inVain += 1;
    if (this.#inVain > ACCIDENTS) {
      this.#leftOut = Math.min(2 ** (this.#inVain - ACCIDENTS), LEFT_OUT_MAX);
    }
    return false;
  }

  /** The same for a thread with an event loop, whose turns are bounded. */
  lookInTurn(doorbell: Doorbell, seen: number): boolean {
    return this.#hasTime() && this.look(doorbell, seen);
  }

  #hasTime(): boolean {
    const nowMs = performance.now();
    if (this.#turnEndMs === 0) {
      this.#turnEndMs = nowMs + TURN_MS;
      setImmediate(() => {
        this.#turnEndMs = 0;
      });
    }
    return nowMs < this.#turnEndMs;
  }
}
