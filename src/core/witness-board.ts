/**
 * Memory that a witness of changes shares with the writer: of which inodes the witness remembers
 * something, and when a commit by others that concerns it is under way.
 *
 * INVARIANT (no stale answer is remembered): who hands out what it has read notes the inode before it looks
 * at the mark a second time. If the mark is the same even number as before the read, either the read saw
 * every commit that has been told, or the writer finds the note when it decides whom to tell.
 */
import type { Ino } from './ino.js';
import { InodeBoard } from './inode-board.js';

/** Grows by one before and after each commit by others, so it is odd meanwhile: a seqlock. */
const MARK = 0;
/** 1 while other processes may commit, of which nobody tells in time. */
const HAS_OTHERS = 1;

export class WitnessBoard extends InodeBoard {
  /** The witness remembers something of the inode, so many times more; less with a negative number. */
  note(ino: Ino, times: number): void {
    this.counts.add(ino, times);
  }

  /** Whether the witness may remember something of the inode. */
  concerns(ino: Ino): boolean {
    return this.counts.has(ino);
  }

  get mark(): number {
    return Atomics.load(this.head, MARK);
  }

  /** Whether what was read since the mark was looked at may be remembered; the inodes have been noted. */
  isUnchanged(mark: number): boolean {
    return (mark & 1) === 0 && this.mark === mark;
  }

  /** Writer only: a commit by others begins, or its changes have been told. */
  turnMark(): void {
    Atomics.add(this.head, MARK, 1);
  }

  get hasOthers(): boolean {
    return Atomics.load(this.head, HAS_OTHERS) === 1;
  }

  set hasOthers(isSo: boolean) {
    Atomics.store(this.head, HAS_OTHERS, isSo ? 1 : 0);
  }
}
