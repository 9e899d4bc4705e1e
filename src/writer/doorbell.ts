/**
 * A doorbell: memory that a client and the writer share beside their port. Each side counts the
 * messages it has posted, so that the other may look for the next one, or sleep until it comes,
 * without its event loop.
 */
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';

/** Messages that the writer has posted. */
export const FROM_WRITER = 0;
/** Messages that the client has posted. */
export const FROM_CLIENT = 1;
/** Whether the writer has ended, and how: 0 while it lives. */
const ENDED = 2;
/**
 * Grows by one before each commit that changes something and by one after its changes have been
 * posted, so it is odd meanwhile. A view that was taken between two looks at the same even number
 * holds exactly the commits whose changes had been posted at the first look: a seqlock.
 */
export const MARK = 3;
/** How many threads of the client sleep until the mark changes: waking nobody costs microseconds, too. */
export const MARK_SLEEPERS = 6;
/** The client sets it to 1 while it wants to be told of changes. */
export const WANTS_CHANGES = 4;
/** Weight of the messages about changes that the client has handed out; see `change-backlog.ts`. */
export const CHANGES_TAKEN = 5;
/** Set by the writer: how many threads work for it beside it. Each wants a processor of its own. */
export const BESIDE = 7;
const CELLS = 8;

/** The thread ended before its volume was closed. */
export const ENDED_UNEXPECTEDLY = 1;
/** The volume was closed: everything that reached the writer before has been answered. */
export const ENDED_BY_CLOSE = 2;

export type Doorbell = Int32Array;

export function createDoorbell(): Doorbell {
  return new Int32Array(new SharedArrayBuffer(CELLS * Int32Array.BYTES_PER_ELEMENT));
}

/** Says that a message has been posted, and wakes who sleeps on the cell. */
export function ring(doorbell: Doorbell, cell: typeof FROM_WRITER | typeof FROM_CLIENT): void {
  Atomics.add(doorbell, cell, 1);
  Atomics.notify(doorbell, cell);
}

/** Writer only: a commit begins, or is over and its changes have been posted. */
export function turnMark(doorbell: Doorbell): void {
  Atomics.add(doorbell, MARK, 1);
  if (Atomics.load(doorbell, MARK_SLEEPERS) > 0) Atomics.notify(doorbell, MARK);
}

/** Says that no message will come any more; what was said first stands. */
export function noteEnd(doorbell: Doorbell, how: number): void {
  Atomics.compareExchange(doorbell, ENDED, 0, how);
  ring(doorbell, FROM_WRITER);
}

/** How the writer ended; 0 while it lives. */
export function endOf(doorbell: Doorbell): number {
  return Atomics.load(doorbell, ENDED);
}

const PROCESSORS: number = availableParallelism();

/**
 * Whether looking for a message beats sleeping until it comes. To wake a thread costs 40 to 50 µs on a
 * virtual machine, half of it in the one that wakes: two of them are more than a small commit. But it takes a processor
 * for each side, and for each thread `beside`; else who looks has the others wait, up to a tick of the scheduler (4 ms).
 */
export function canLook(beside: number): boolean {
  return PROCESSORS >= 2 + beside;
}

/** Looks at the cell until it differs from `seen`, for at most `ms`; false when the time was up, or no processor is free. */
export function look(doorbell: Doorbell, cell: number, seen: number, ms: number): boolean {
  if (Atomics.load(doorbell, cell) !== seen) return true;
  if (!canLook(Atomics.load(doorbell, BESIDE))) return false;
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs) {
    if (Atomics.load(doorbell, cell) !== seen) return true;
  }
  return false;
}
