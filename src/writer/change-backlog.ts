/**
 * How much a client has been told of commits and has not handed out. A thread that is blocked, or never
 * gives up its turn, does not take what the writer posts; without a bound its port would fill the memory.
 *
 *   telling ──more than `CHANGES_BACKLOG_MAX` are waiting: one message says so──▶ losing
 *      ▲                                                                            │
 *      └────────────── the client has handed out that message too ◀─────────────────┘
 *
 * A change that is left out is committed before the client hands out the message about it: so a view that
 * is opened afterwards holds all that it was not told.
 */
import { CHANGES_TAKEN, type Doorbell } from './doorbell.js';

/** Most changes that wait for a client, each message counting as one more: 10 to 20 MB. */
export const CHANGES_BACKLOG_MAX = 65_536;

/** What a message with so many changes counts. */
export function weightOf(changes: number): number {
  return changes + 1;
}

export class ChangeBacklog {
  readonly #doorbell: Doorbell;
  /** Weight of what was posted; wraps around as the cell does. */
  #posted = 0;
  #isLosing = false;

  constructor(doorbell: Doorbell) {
    this.#doorbell = doorbell;
  }

  get #waiting(): number {
    return (this.#posted - Atomics.load(this.#doorbell, CHANGES_TAKEN)) | 0;
  }

  /** What to do with a commit of so many changes. One that is over the bound alone is told. */
  admit(changes: number): 'tell' | 'lose' | 'leave out' {
    const waiting = this.#waiting;
    if (this.#isLosing && waiting > 0) return 'leave out';
    this.#isLosing = waiting > 0 && waiting + weightOf(changes) > CHANGES_BACKLOG_MAX;
    this.#posted = (this.#posted + weightOf(this.#isLosing ? 0 : changes)) | 0;
    return this.#isLosing ? 'lose' : 'tell';
  }
}
