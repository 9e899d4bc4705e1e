/** Whether the writer still lives, for a client that waits for it, and how it ended if not. */
import type { MessagePort } from 'node:worker_threads';
import type { VolumeError } from '../core/errors.js';
import { volumeClosed, writerLost } from './client-errors.js';
import {
  type Doorbell,
  ENDED_BY_CLOSE,
  ENDED_UNEXPECTEDLY,
  endOf,
  FROM_WRITER,
  noteEnd,
} from './doorbell.js';
import { Lifeline } from './lifeline.js';
import type { ShortWait } from './short-wait.js';

/** How long a synchronous wait goes without a look, in milliseconds. */
const LOOK_EVERY_MS = 100;

export class WriterLife {
  readonly #port: MessagePort;
  readonly #doorbell: Doorbell;
  readonly #shortWait: ShortWait;
  /** Made when the first wait takes long; most clients never need one. */
  #lifeline: Lifeline | undefined;

  /** `port` is the client's way to the writer. */
  constructor(port: MessagePort, doorbell: Doorbell, shortWait: ShortWait) {
    this.#port = port;
    this.#doorbell = doorbell;
    this.#shortWait = shortWait;
  }

  /** What the writer sent before is in the port when this is true. */
  get hasEnded(): boolean {
    return endOf(this.#doorbell) !== 0;
  }

  /** Waits on this thread until the doorbell has rung more than `seen` times, or for a moment. */
  wait(seen: number): void {
    if (this.#shortWait.look(this.#doorbell, seen)) return;
    const outcome = Atomics.wait(this.#doorbell, FROM_WRITER, seen, LOOK_EVERY_MS);
    if (outcome === 'timed-out') this.lookForEnd();
  }

  /** Notes the end of a thread that could not do so itself. */
  lookForEnd(): void {
    // A thread that ran out of memory, or was terminated, could not ring.
    this.#lifeline ??= new Lifeline(this.#port);
    if (this.#lifeline.isAlive) return;
    // Unless it has just said itself how it ended.
    noteEnd(this.#doorbell, ENDED_UNEXPECTEDLY);
  }

  /** The error of the end: of an orderly one that the volume is closed. */
  endOf(path: string, cause: unknown): VolumeError {
    return endOf(this.#doorbell) === ENDED_BY_CLOSE ? volumeClosed(path) : writerLost(path, cause);
  }

  /** The client leaves: for it the writer has ended in order. */
  close(): void {
    noteEnd(this.#doorbell, ENDED_BY_CLOSE);
    this.#lifeline?.close();
  }
}
