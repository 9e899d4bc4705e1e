/**
 * What the threads of a mount have open, counted in memory that they share with the writer: opening and
 * closing a file asks nobody.
 *
 * INVARIANT (what is open is kept): who opens holds first, then waits out a commit that is under way, then
 * looks whether the inode is there. The writer looks once more for holds after it has said that a commit is
 * under way, and begins anew when it was about to delete what is held (`batch.ts`).
 */
import type { Ino } from './ino.js';
import { InodeBoard } from './inode-board.js';

const TOTAL = 0;
/** 1: the writer keeps inodes without a name because they are open. */
const IS_KEEPING = 1;

export class HoldBoard extends InodeBoard {
  /** Whether it was held before. */
  hold(ino: Ino): boolean {
    Atomics.add(this.head, TOTAL, 1);
    return this.counts.add(ino, 1) > 0;
  }

  /** True when that was the last hold and the writer may have waited for it. */
  release(ino: Ino): boolean {
    Atomics.sub(this.head, TOTAL, 1);
    return this.counts.add(ino, -1) === 1 && Atomics.load(this.head, IS_KEEPING) === 1;
  }

  isHeld(ino: Ino): boolean {
    return this.counts.has(ino);
  }

  /** Holds of all inodes. */
  get total(): number {
    return Atomics.load(this.head, TOTAL);
  }

  /** Writer only: whether it is to be told when something is held no longer. */
  set isKeeping(isSo: boolean) {
    Atomics.store(this.head, IS_KEEPING, isSo ? 1 : 0);
  }
}
