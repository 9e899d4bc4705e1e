/**
 * The caller's side of a task on another thread: progress in, cancellation out, one answer.
 *
 * A thread is never terminated while SQLite works on it, because that has crashed the process. A task
 * that is given up is told so through shared memory and ends at its next statement; its caller is
 * answered at once.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { AbortError } from '../core/abort.js';
import { decodeFailure, isFailure } from '../core/failure.js';
import { CANCEL_CELL, type TaskAnswer } from './task.js';

export interface TaskOptions<Progress> {
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What goes to the other thread beside the input. */
export interface TaskWire {
  readonly port: MessagePort;
  readonly cancel: Int32Array;
}

export class RunningTask<Output, Progress> {
  readonly wire: TaskWire;
  readonly startedMs: number = performance.now();
  readonly #options: TaskOptions<Progress>;
  readonly #port: MessagePort;
  readonly #givenUp: Promise<never>;
  #giveUp: (reason: unknown) => void = () => undefined;

  constructor(options: TaskOptions<Progress>) {
    const { port1, port2 } = new MessageChannel();
    const cancel = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    this.#options = options;
    this.#port = port1;
    this.wire = { port: port2, cancel };
    this.#givenUp = new Promise((_resolve, reject) => {
      this.#giveUp = reject;
    });
    this.#givenUp.catch(() => undefined);
    port1.on('message', (progress: Progress) => this.#tell(progress));
  }

  /** Ends the wait with `reason` and tells the task to stop. */
  cancel(reason: unknown): void {
    Atomics.store(this.wire.cancel, CANCEL_CELL, 1);
    this.#giveUp(reason);
  }

  /** An error of the listener is the caller's own and ends the call. */
  #tell(progress: Progress): void {
    if (Atomics.load(this.wire.cancel, CANCEL_CELL) !== 0) return;
    try {
      this.#options.onProgress?.(progress);
    } catch (error) {
      this.cancel(error);
    }
  }

  /** The output of the task whose answer `answer` will be. */
  async result(answer: Promise<unknown>): Promise<Output> {
    const { signal } = this.#options;
    const onAbort = (): void => this.cancel(new AbortError(signal?.reason));
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
    answer.catch(() => undefined);
    try {
      const settled = (await Promise.race([answer, this.#givenUp])) as TaskAnswer<Output>;
      this.#drain();
      // The last report may have ended the call.
      if (Atomics.load(this.wire.cancel, CANCEL_CELL) !== 0) return await this.#givenUp;
      if (isFailure(settled)) throw decodeFailure(settled);
      if ('cancelled' in settled) return await this.#givenUp;
      return settled.output;
    } finally {
      signal?.removeEventListener('abort', onAbort);
      this.#port.close();
    }
  }

  /** Reports that were sent before the answer are told before it. */
  #drain(): void {
    for (;;) {
      const received = receiveMessageOnPort(this.#port);
      if (received === undefined) return;
      this.#tell(received.message as Progress);
    }
  }
}
