/**
 * A client's view of the commits: what each changed, and where they begin and end.
 *
 * The two fit together without a message to the writer and without a gap. Who follows looks at the
 * settled mark, takes what was posted, opens a view and looks again: if the mark is the same, the view
 * holds exactly the commits that were told so far.
 */
import type { Change } from '../core/change.js';
import { weightOf } from './change-backlog.js';
import { CHANGES_TAKEN, type Doorbell, MARK, MARK_SLEEPERS, WANTS_CHANGES } from './doorbell.js';
import type { ChangesLostMessage, ChangesMessage, WitnessMessage } from './protocol.js';
import type { WriterLife } from './writer-life.js';

/** Called with what a commit changed, and when it was done: milliseconds since 1970. */
export type ChangeListener = (changes: readonly Change[], committedMs: number) => void;

/** Called with what others changed; answers with the number when it has done what has to be done. */
export type WitnessListener = (changes: readonly Change[], seq: number) => void;

export interface ChangeFollower {
  readonly changed: ChangeListener;
  /**
   * Called when changes were left out, because this thread did not take them for too long. A view that is
   * opened from now on holds all of them; what is committed later is told again.
   */
  readonly lost: () => void;
}

/** How long a wait for the end of a commit goes without a look at whether the writer lives. */
const LOOK_EVERY_MS = 100;

export class ChangeFeed {
  readonly #doorbell: Doorbell;
  readonly #life: WriterLife;
  readonly #followers = new Set<ChangeFollower>();
  readonly #subscribers = new Set<ChangeFollower>();
  /** Of a client that is a witness; see `witnesses.ts`. */
  onWitness: WitnessListener | undefined;

  constructor(doorbell: Doorbell, life: WriterLife) {
    this.#doorbell = doorbell;
    this.#life = life;
  }

  /**
   * Tells `subscriber` after each commit from now on, until the returned function is called; never in the
   * middle of a call of the program.
   */
  subscribe(subscriber: ChangeFollower): () => void {
    return this.#add(this.#subscribers, subscriber);
  }

  /** Like `subscribe`, but of changes at once, in the middle of calls too: for what runs no code of the program. */
  follow(follower: ChangeFollower): () => void {
    return this.#add(this.#followers, follower);
  }

  #add(followers: Set<ChangeFollower>, follower: ChangeFollower): () => void {
    followers.add(follower);
    // The writer looks at this after every commit.
    Atomics.store(this.#doorbell, WANTS_CHANGES, 1);
    return () => {
      followers.delete(follower);
      if (this.#followers.size > 0 || this.#subscribers.size > 0) return;
      Atomics.store(this.#doorbell, WANTS_CHANGES, 0);
    };
  }

  /** Hands what the writer has told to those who listen. */
  receive(message: ChangesMessage | ChangesLostMessage | WitnessMessage, isInCall: boolean): void {
    if (message.kind === 'witness') {
      this.onWitness?.(message.changes, message.seq);
      return;
    }
    if (message.kind === 'changes') {
      const { changes, committedMs } = message;
      for (const { changed } of this.#followers) changed(changes, committedMs);
    }
    // What waits for the end of the call fills the memory as what waits in the port does.
    if (isInCall) process.nextTick(() => this.#handOut(message));
    else this.#handOut(message);
  }

  #handOut(message: ChangesMessage | ChangesLostMessage): void {
    const isLost = message.kind === 'changesLost';
    // First, so that what is committed after `lost` was called is told.
    Atomics.add(this.#doorbell, CHANGES_TAKEN, weightOf(isLost ? 0 : message.changes.length));
    if (isLost) for (const { lost } of this.#followers) lost();
    for (const { changed, lost } of this.#subscribers) {
      try {
        if (isLost) lost();
        else changed(message.changes, message.committedMs);
      } catch (error) {
        // Not the business of the other listeners.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  /** Odd while a commit is under way; see `MARK` of the doorbell. */
  get mark(): number {
    return Atomics.load(this.#doorbell, MARK);
  }

  /** The mark when it is even, for which it waits out a commit that is under way. */
  settledMark(): number {
    for (;;) {
      const { mark } = this;
      if ((mark & 1) === 0 || this.#life.hasEnded) return mark;
      if (this.#sleep(mark) === 'timed-out') this.#life.lookForEnd();
    }
  }

  #sleep(mark: number): 'ok' | 'not-equal' | 'timed-out' {
    // Said first: a writer that does not see it has changed the mark already.
    Atomics.add(this.#doorbell, MARK_SLEEPERS, 1);
    try {
      return Atomics.wait(this.#doorbell, MARK, mark, LOOK_EVERY_MS);
    } finally {
      Atomics.sub(this.#doorbell, MARK_SLEEPERS, 1);
    }
  }
}
