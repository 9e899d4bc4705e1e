/**
 * What keeps a walk through a damaged tree, or one made to do harm, from going on for ever. In a sound
 * volume a directory has one name and the way up ends at the root (rules I7 and I10 of the format).
 */
import { errno } from './errno.js';
import type { Ino } from './ino.js';

/** For a walk downwards: each directory is entered once, so that it costs no more than there are. */
export class EnteredDirectories {
  readonly #entered = new Set<Ino>();

  /** Throws EIO for a directory that this walk has been in. */
  enter(ino: Ino): void {
    if (!this.tryEnter(ino)) throw errno('EIO');
  }

  /** False for a directory that this walk has been in. */
  tryEnter(ino: Ino): boolean {
    if (this.#entered.has(ino)) return false;
    this.#entered.add(ino);
    return true;
  }
}

/** For a walk upwards, by Brent: it remembers one place, and another one after twice as many steps. */
export class CircleWatch {
  #mark: Ino | undefined;
  #steps = 0;
  #stepsUntilMark = 1;

  /** Throws EIO, not much later than the walk has gone around once. */
  pass(ino: Ino): void {
    if (ino === this.#mark) throw errno('EIO');
    this.#steps += 1;
    if (this.#steps < this.#stepsUntilMark) return;
    this.#mark = ino;
    this.#steps = 0;
    this.#stepsUntilMark *= 2;
  }
}
