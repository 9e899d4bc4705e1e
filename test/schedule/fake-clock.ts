/** Time that passes when a test says so. */
import type { ScheduleClock } from '#src/maintenance/schedule/schedule.js';

interface Timer {
  /** On the clock that nobody sets. */
  readonly atMs: number;
  readonly then: () => void;
}

export class FakeClock implements ScheduleClock {
  /** Time that has passed, in milliseconds; what timers go by. */
  #passedMs = 0;
  /** What the wall clock is ahead of that. */
  #aheadMs: number;
  #timer: Timer | undefined;
  #onTimer: () => void = () => undefined;

  constructor(start: string) {
    this.#aheadMs = Date.parse(start);
  }

  nowMs(): number {
    return this.#passedMs + this.#aheadMs;
  }

  /** A schedule has one timer at a time. */
  later(ms: number, then: () => void): () => void {
    const timer = { atMs: this.#passedMs + ms, then };
    this.#timer = timer;
    this.#onTimer();
    return () => {
      if (this.#timer === timer) this.#timer = undefined;
    };
  }

  /** Moves the wall clock without time having passed for timers: as by hand, or in sleep. */
  shift(ms: number): void {
    this.#aheadMs += ms;
  }

  /** Lets time pass, with all that happens meanwhile. */
  async pass(ms: number): Promise<void> {
    const endMs = this.#passedMs + ms;
    for (;;) {
      await this.settled();
      const timer = this.#timer;
      if (timer === undefined || timer.atMs > endMs) break;
      this.#passedMs = Math.max(this.#passedMs, timer.atMs);
      this.fire();
    }
    this.#passedMs = endMs;
  }

  /** Starts what is due, and does not wait for it. */
  fire(): void {
    const timer = this.#timer;
    this.#timer = undefined;
    timer?.then();
  }

  /** Resolves when a look is over: it sets the timer for the next. */
  async settled(): Promise<void> {
    if (this.#timer !== undefined) return;
    await new Promise<void>((resolve) => {
      this.#onTimer = resolve;
    });
  }
}
