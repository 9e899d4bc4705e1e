/**
 * Openings of files, as the threads of a mount know them together: a file is opened through one thread,
 * locked through another and closed through a third. An opening is a number that the kernel gives back.
 *
 *   noteLocker ──broadcast──▶ every thread's table ──close(fh)──▶ the locks that nobody else gives up
 *
 * A thread posts what it has to say before it answers the kernel, and the others empty their inbox before
 * they look, as `positions.ts` has it.
 *
 * INVARIANT: a number is one opening, for good: numbers are never given out again.
 */
import { type BroadcastChannel, receiveMessageOnPort } from 'node:worker_threads';
import type { Ino } from '../core/ino.js';

const FIRST_NUMBER = 1n;
/** Openings of which it is known that their access time was looked at; others are looked at again. */
const READ_CELLS = 4096;
const NUMBER_BYTES = BigInt64Array.BYTES_PER_ELEMENT;
const BOARD_BYTES = NUMBER_BYTES + READ_CELLS * Int32Array.BYTES_PER_ELEMENT;

/** What happened to the owners of locks of an opening. */
type Told =
  | { readonly type: 'locked'; readonly fh: number; readonly ino: Ino; readonly owner: string }
  /** The owner has closed a descriptor of the file: it has no locks of it left. */
  | { readonly type: 'unlocked'; readonly ino: Ino; readonly owner: string }
  | { readonly type: 'closed'; readonly fh: number };

interface Opening {
  readonly ino: Ino;
  readonly lockers: Set<string>;
}

export function createOpeningBoard(): SharedArrayBuffer {
  const board = new SharedArrayBuffer(BOARD_BYTES);
  new BigInt64Array(board, 0, 1)[0] = FIRST_NUMBER;
  return board;
}

export class Openings {
  readonly #next: BigInt64Array;
  readonly #read: Int32Array;
  readonly #channel: BroadcastChannel;
  /** Those through which somebody has locked bytes. */
  readonly #locked = new Map<number, Opening>();

  /** `board` and the name of `channel` are those of the mount. */
  constructor(board: SharedArrayBuffer, channel: BroadcastChannel) {
    this.#next = new BigInt64Array(board, 0, 1);
    this.#read = new Int32Array(board, NUMBER_BYTES, READ_CELLS);
    this.#channel = channel;
  }

  /** The number of one more opening. */
  open(): number {
    return Number(Atomics.add(this.#next, 0, 1n));
  }

  /** Whether an opening is read for the first time; sometimes also when it is not. */
  isFirstRead(fh: number): boolean {
    const cell = fh % READ_CELLS;
    const known = fh | 0;
    return Atomics.exchange(this.#read, cell, known) !== known;
  }

  /** Owners with locks of bytes that were taken through the opening. */
  noteLocker(fh: number, ino: Ino, owner: string): void {
    this.receive();
    if (this.#locked.get(fh)?.lockers.has(owner) !== true) {
      this.#tell({ type: 'locked', fh, ino, owner });
    }
  }

  forgetLocker(ino: Ino, owner: string): void {
    this.receive();
    for (const opening of this.#locked.values()) {
      if (opening.ino === ino && opening.lockers.has(owner)) {
        this.#tell({ type: 'unlocked', ino, owner });
        return;
      }
    }
  }

  /** The opening is no more; returns the owners that may have locks left which were taken through it. */
  close(fh: number): readonly string[] {
    this.receive();
    const lockers = [...(this.#locked.get(fh)?.lockers ?? [])];
    if (this.#locked.has(fh)) this.#tell({ type: 'closed', fh });
    return lockers;
  }

  /** Takes in what the other threads have told; cheap when that is nothing. */
  receive(): void {
    for (;;) {
      const received = receiveMessageOnPort(this.#channel as never);
      if (received === undefined) return;
      this.#note(received.message as Told);
    }
  }

  #tell(told: Told): void {
    this.#channel.postMessage(told);
    this.#note(told);
  }

  #note(told: Told): void {
    switch (told.type) {
      case 'locked':
        this.#noteLocked(told.fh, told.ino, told.owner);
        break;
      case 'unlocked':
        for (const [fh, { ino, lockers }] of this.#locked) {
          if (ino !== told.ino) continue;
          lockers.delete(told.owner);
          if (lockers.size === 0) this.#locked.delete(fh);
        }
        break;
      case 'closed':
        this.#locked.delete(told.fh);
        break;
    }
  }

  #noteLocked(fh: number, ino: Ino, owner: string): void {
    const opening = this.#locked.get(fh);
    if (opening === undefined) this.#locked.set(fh, { ino, lockers: new Set([owner]) });
    else opening.lockers.add(owner);
  }
}
