/**
 * Waiting for locks on behalf of a mount, in a thread whose event loop turns: answers the requests that
 * the serving threads have left at the desk, and takes claims out of the queue whose callers were
 * interrupted.
 *
 *   await ──▶ waiting ──granted──▶ answered
 *                │ interrupt ──cancelled──▶ EINTR     (or granted meanwhile: then the lock is the caller's)
 */
import { constants } from 'node:os';
import { Errno } from '../core/errno.js';
import type { WriterClient } from '../writer/client.js';
import type { DeskMessage } from './desk.js';

type Await = DeskMessage & { readonly type: 'await' };

interface Waiting {
  seq: number;
  isInterrupted: boolean;
}

/** Interrupts that came before what they interrupt: requests are read by several threads. */
const EARLY_INTERRUPTS_MAX = 256;

const { EINTR, EIO } = constants.errno;

export interface LockWaitingEnvironment {
  readonly client: WriterClient;
  /** Answers a request; `errno` is positive, 0 for done. */
  reply(unique: number, errno: number): void;
  /** Told of what has no errno. */
  onError(error: unknown): void;
}

export class LockWaiting {
  readonly #environment: LockWaitingEnvironment;
  readonly #waiting = new Map<number, Waiting>();
  readonly #early = new Set<number>();
  #isClosed = false;

  constructor(environment: LockWaitingEnvironment) {
    this.#environment = environment;
  }

  /** How many requests wait. */
  get size(): number {
    return this.#waiting.size;
  }

  await(message: Await): void {
    void this.#await(message);
  }

  interrupt(unique: number): void {
    const waiting = this.#waiting.get(unique);
    if (waiting !== undefined) this.#cancel(waiting);
    else this.#noteEarly(unique);
  }

  /** The mount has gone: nobody waits any more. */
  close(): void {
    this.#isClosed = true;
    for (const waiting of this.#waiting.values()) this.#cancel(waiting);
  }

  #noteEarly(unique: number): void {
    this.#early.add(unique);
    if (this.#early.size <= EARLY_INTERRUPTS_MAX) return;
    const [oldest] = this.#early;
    this.#early.delete(oldest as number);
  }

  async #await({ unique, ino, answer, request }: Await): Promise<void> {
    const waiting: Waiting = { seq: answer.seq ?? 0, isInterrupted: false };
    this.#waiting.set(unique, waiting);
    if (this.#early.delete(unique) || this.#isClosed) this.#cancel(waiting);
    const { client } = this.#environment;
    try {
      for (let { session, seq } = answer; seq !== undefined; ) {
        waiting.seq = seq;
        const isHeld = await client.control({ type: 'awaitLock', session, seq });
        if (isHeld === true) break;
        if (waiting.isInterrupted) {
          this.#answer(unique, EINTR);
          return;
        }
        // This process was taken for dead by another one, and has to join the queue again.
        ({ session, seq } = await client.submit('lock', [ino, request]));
      }
      this.#answer(unique, 0);
    } catch (error) {
      this.#answer(unique, this.#errnoOf(error));
    }
  }

  #answer(unique: number, errno: number): void {
    this.#waiting.delete(unique);
    if (!this.#isClosed) this.#environment.reply(unique, errno);
  }

  #errnoOf(error: unknown): number {
    if (error instanceof Errno) {
      return constants.errno[error.code as keyof typeof constants.errno] ?? EIO;
    }
    if (!this.#isClosed) this.#environment.onError(error);
    return EIO;
  }

  #cancel(waiting: Waiting): void {
    waiting.isInterrupted = true;
    // A claim that has become a lock by now is not in the queue, and is answered as one.
    this.#environment.client.submit('cancelLock', [waiting.seq]).catch((error: unknown) => {
      if (!this.#isClosed) this.#environment.onError(error);
    });
  }
}
