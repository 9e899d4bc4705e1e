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
  | { readonly type: 'error'; readonly request: string; readonly error: ToldError };

/** What is kept of an error on the way to another thread. */
export interface ToldError {
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: string | undefined;
}

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

  /** Always: what it interrupts may be the first lock, which another thread is just asking for. */
  interrupt(unique: number): void {
    this.#send({ type: 'interrupt', unique });
  }

  stale(ino: Ino): void {
    this.#send({ type: 'stale', ino });
  }

  report(error: unknown, request: string): void {
    this.#send({ type: 'error', request, error: toldOf(error) });
  }

  #send(message: DeskMessage): void {
    this.#port.postMessage(message);
  }
}

// A structured clone keeps message and stack of an error, not its code.
function toldOf(error: unknown): ToldError {
  if (!(error instanceof Error))
    return { message: String(error), stack: undefined, code: undefined };
  const { message, stack, code } = error as Error & { readonly code?: unknown };
  return { message, stack, code: typeof code === 'string' ? code : undefined };
}

/** As it was in the serving thread. */
export function errorOf({ message, stack, code }: ToldError): Error {
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return code === undefined ? error : Object.assign(error, { code });
}
