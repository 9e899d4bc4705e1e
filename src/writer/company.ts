/**
 * Whether the writer looks for the next command for a moment before it sleeps: while commands follow each
 * other quickly, as those of a caller do who awaits each answer, and as long as looking pays
 * (docs/decisions/0011-short-wait.md).
 */

/**
 * Work that comes this soon after the last makes it likely that more is near, in milliseconds: a call on a mount
 * comes some 0.2 ms after the one before it, two or three requests of the kernel in between.
 */
const QUICK_MS = 0.5;
/** Looks in vain that are taken for an accident: a caller that has ended, a machine that was busy for a moment. */
const ACCIDENTS = 3;
const LEFT_OUT_MAX = 16;

export class Company {
  readonly #nowMs: () => number;
  #restingSinceMs = 0;
  #isQuick = false;
  #inVain = 0;
  /** Looks to leave out, after several were in vain. */
  #leftOut = 0;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** There is work, or none. */
  noteTurn(hasWork: boolean): void {
    this.#isQuick = hasWork && this.#nowMs() - this.#restingSinceMs < QUICK_MS;
  }

  /** It has been done. */
  noteRest(): void {
    this.#restingSinceMs = this.#nowMs();
  }

  /** Calls `look` until it is true, for a moment and no longer than `untilMs`; false when it was in vain. */
  await(look: () => boolean, untilMs: number): boolean {
    if (!this.#isQuick) return false;
    if (this.#leftOut > 0) {
      this.#leftOut -= 1;
      return false;
    }
    const endMs = Math.min(this.#nowMs() + QUICK_MS, untilMs);
    do {
      if (look()) {
        this.#inVain = 0;
        return true;
      }
    } while (this.#nowMs() < endMs);
    this.#noteInVain();
    return false;
  }

  #noteInVain(): void {
    this.#inVain += 1;
    if (this.#inVain <= ACCIDENTS) return;
    this.#leftOut = Math.min(2 ** (this.#inVain - ACCIDENTS), LEFT_OUT_MAX);
  }
}
