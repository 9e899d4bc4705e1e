/**
 * What a serving thread leaves to a thread whose event loop turns: waiting for locks, and telling the
 * kernel something that must not be told while a request is being answered.
 *
 * A lock that cannot be had at once is not waited for here, because the mount would stand still: its
 * request goes to the desk and is answered from there.
 */
import type { MessagePort } from 'node:worker_threads';
import type { Ino } from '../core/ino.js';
import type { LockAnswer, LockRequest } from '../ops/lock.js';

export type DeskMessage =
  | {
      readonly type: 'await';
      readonly unique: number;
      readonly ino: Ino;
      readonly answer: LockAnswer;
      readonly request: LockRequest;
    }
  /** The caller of a request was interrupted; most requests have been answered by then. */
  | { readonly type: 'interrupt'; readonly unique: number }
  /** What the kernel remembers of an inode is not so any more. */
  | { readonly type: 'stale'; readonly ino: Ino }
  /** What a request failed of, where the kernel was told no more than EIO. */
  | { readonly type: 'error'; readonly request: string; readonly error: unknown };

/** Cells of the memory that all serving threads of a mount share. */
const USES_LOCKS = 0;
const CELLS = 1;

export interface DeskWire {
  readonly port: MessagePort;
  readonly cells: SharedArrayBuffer;
  /** Unique among the mounts of a process: owners of locks are unique in one mount only. */
  readonly mount: string;
}

export function createDeskCells(): SharedArrayBuffer {
  return new SharedArrayBuffer(CELLS * Int32Array.BYTES_PER_ELEMENT);
}

export class Desk {
  readonly #port: MessagePort;
  readonly #cells: Int32Array;
  readonly #mount: string;

  constructor({ port, cells, mount }: DeskWire) {
    this.#port = port;
    this.#cells = new Int32Array(cells);
    this.#mount = mount;
  }

  /** The name under which an owner of the kernel has locks. */
  ownerOf({ ownerA, ownerB }: { readonly ownerA: number; readonly ownerB: number }): string {
    return `${this.#mount}.${ownerA.toString(16)}.${ownerB.toString(16)}`;
  }

  /** Whether anybody may have locked anything through this mount: then closing has to ask for locks. */
  get usesLocks(): boolean {
    return Atomics.load(this.#cells, USES_LOCKS) === 1;
  }

  noteLock(): void {
    if (!this.usesLocks) Atomics.store(this.#cells, USES_LOCKS, 1);
  }

  awaitLock(unique: number, answer: LockAnswer, request: LockRequest): void {
    this.#send({ type: 'await', unique, ino: answer.ino, answer, request });
  }

  interrupt(unique: number): void {
    if (this.usesLocks) this.#send({ type: 'interrupt', unique });
  }

  stale(ino: Ino): void {
    this.#send({ type: 'stale', ino });
  }

  report(error: unknown, request: string): void {
    // A clone keeps message and stack of an error, not what else hangs on it.
    const told = error instanceof Error ? error : new Error(String(error));
    this.#send({ type: 'error', request, error: told });
  }

  #send(message: DeskMessage): void {
    this.#port.postMessage(message);
  }
}
