/**
 * What a changing operation is given. Operations are pure of ambience: time, owner and the knowledge
 * of open files come in here, and what happened goes out through `emit`.
 *
 * INVARIANT: an operation checks everything before its first change where it can. A batch runs without
 * savepoints; one that fails after a change makes the writer undo the batch and repeat it carefully.
 */
import type { Change } from '../core/change.js';
import type { Timestamp } from '../core/clock.js';
import type { Ino } from '../core/ino.js';
import type { Store } from '../store/store.js';

export interface OpContext {
  readonly store: Store;
  readonly now: Timestamp;
  /** Whether somebody has the inode open, or may have: it must survive the loss of its last name. */
  mustKeep(ino: Ino): boolean;
  /** Records a change for the subscribers. */
  emit(change: Change): void;
  /** Tells the writer that there is work for the reaper. */
  wakeReaper(): void;
}

/** Who a new inode belongs to and its permission bits, the umask already taken off. */
export interface Creator {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** What every change answers with. */
export interface Changed {
  readonly ino: Ino;
  /** The version the inode has now. */
  readonly version: number;
}
