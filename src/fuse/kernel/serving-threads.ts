/** The threads that serve one mount, as the thread that mounted sees them. */
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { constants } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { VolumeHandle } from '../../volume/handle.js';
import { createPositionBoard } from '../positions.js';
import { createPage, encodeError } from '../protocol/reply.js';
import type { MountOptions } from '../session.js';
import type { ServeThreadInput, ServeThreadMessage } from './serve-thread.js';
import { ServingBoard } from './serving-board.js';

const ENTRY = new URL('./serve-thread.js', import.meta.url);
const REPLY_BYTES = 64;

export interface ServingOptions {
  readonly fd: number;
  readonly count: number;
  readonly options: MountOptions;
  /** A way to the volume for each thread. */
  connect(): VolumeHandle;
  /** Something that has no errno; who asked was told EIO. */
  onError(error: Error, request: string): void;
  /** A thread has ended although the mount has not. */
  onDeath(reason: unknown, left: number): void;
}

interface ServingThread {
  readonly worker: Worker;
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
}

export class ServingThreads {
  readonly board: ServingBoard;
  /** Resolves when all have ended and left the volume. */
  readonly ended: Promise<void>;
  readonly #threads: readonly ServingThread[];
  readonly #options: ServingOptions;
  #running: number;

  constructor(options: ServingOptions) {
    this.#options = options;
    this.board = new ServingBoard(options.count);
    this.#running = options.count;
    const shared = { mountId: `cabinetfs-${randomUUID()}`, positions: createPositionBoard() };
    // All of them before any thread: there may be no more handles.
    const handles = Array.from({ length: options.count }, () => options.connect());
    this.#threads = handles.map((volume, thread) => this.#start(thread, volume, shared));
    this.ended = Promise.all(this.#threads.map(({ ended }) => ended)).then(() => undefined);
  }

  #start(
    thread: number,
    volume: VolumeHandle,
    shared: Pick<ServeThreadInput, 'mountId' | 'positions'>,
  ): ServingThread {
    const { fd, options, onError } = this.#options;
    const input: ServeThreadInput = {
      fd,
      volume,
      options,
      thread,
      board: this.board.buffer,
      ...shared,
    };
    const worker = new Worker(ENTRY, {
      workerData: input,
      transferList: volume.transferList,
      name: 'cabinetfs mount',
    });
    let reason: unknown;
    worker.on('error', (error) => {
      reason = error;
    });
    const ended = new Promise<void>((resolve) => {
      worker.on('exit', (code) => {
        this.#running -= 1;
        if (reason !== undefined || code !== 0) this.#bury(thread, reason ?? exited(code));
        resolve();
      });
    });
    const ready = new Promise<void>((resolve, reject) => {
      worker.on('message', (message: ServeThreadMessage) => {
        if (message === 'ready') resolve();
        else onError(errorOf(message.error), message.request);
      });
      void ended.then(() => reject(reason ?? exited(0)));
    });
    ready.catch(() => undefined);
    return { worker, ready, ended };
  }

  /** Resolves when every thread has the volume; rejects with the reason of the first that has not. */
  async ready(): Promise<void> {
    await Promise.all(this.#threads.map(({ ready }) => ready));
  }

  /** Who waits for the answer of a thread that has died must not wait for ever. */
  #bury(thread: number, reason: unknown): void {
    const unique = this.board.uniqueOf(thread);
    if (unique !== 0) this.#replyError(unique);
    this.#options.onDeath(reason, this.#running);
  }

  #replyError(unique: number): void {
    const page = createPage(REPLY_BYTES);
    const length = encodeError(page, unique, constants.errno.EIO);
    try {
      writeSync(this.#options.fd, page.buffer, 0, length);
    } catch {
      // It was answered, or the mount has gone.
    }
  }

  /** The process may end although they serve. */
  unref(): void {
    for (const { worker } of this.#threads) worker.unref();
  }

  ref(): void {
    for (const { worker } of this.#threads) worker.ref();
  }
}

function exited(code: number): Error {
  return new Error(`a serving thread ended with code ${code}`);
}

/** As it was in the serving thread. */
function errorOf(told: unknown): Error {
  const { message, stack, code } = told as Error & { readonly code?: string };
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return code === undefined ? error : Object.assign(error, { code });
}
