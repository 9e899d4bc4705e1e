/** The continuous archive of an open volume, as the thread that opened it sees it. */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { BugError } from '../../core/errors.js';
import { decodeFailure, type Failure, isFailure } from '../../core/failure.js';
import type { ResolvedOptions } from '../../core/options.js';
import { programPath } from '../../core/programs.js';
import type { WriterClient } from '../../writer/client.js';
import { createDoorbell } from '../../writer/doorbell.js';
import type {
  ArchiveMessage,
  ArchiveRequest,
  ArchiveSettings,
  ArchiveTask,
} from './archive-thread.js';
import { type ArchiveStatus, INITIAL_STATUS, type ReportedStatus } from './status.js';

interface Waiter {
  resolve(): void;
  reject(error: unknown): void;
}

export class Archiver {
  readonly #dir: string;
  readonly #host: Piscina;
  readonly #port: MessagePort;
  readonly #waiting = new Map<number, Waiter>();
  readonly #startedMs = Date.now();
  #nextId = 1;
  #reported: ReportedStatus = INITIAL_STATUS;
  #ended: Promise<unknown> = Promise.resolve();
  #failure: unknown;
  #onFirst: () => void = () => undefined;

  private constructor(dir: string, host: Piscina, port: MessagePort) {
    this.#dir = dir;
    this.#host = host;
    this.#port = port;
    port.on('message', (message: ArchiveMessage) => this.#receive(message));
    port.unref();
  }

  /**
   * Starts the archive of the volume at `path`. When it resolves, nothing that is committed afterwards is
   * missed. Throws ERR_ARCHIVE_BUSY, ERR_ARCHIVE_CONFLICT, ERR_IO.
   */
  static async start(
    path: string,
    options: ResolvedOptions,
    archive: ArchiveSettings,
    writer: WriterClient,
  ): Promise<Archiver> {
    const host = new Piscina({
      filename: programPath('maintenance/archive/archive-thread'),
      minThreads: 1,
      maxThreads: 1,
      idleTimeout: Number.POSITIVE_INFINITY,
      atomics: 'disabled',
    });
    const { port1, port2 } = new MessageChannel();
    const { port1: writerPort, port2: farPort } = new MessageChannel();
    const doorbell = createDoorbell();
    writer.attach(farPort, doorbell);
    const archiver = new Archiver(archive.dir, host, port1);
    const task: ArchiveTask = {
      path,
      options,
      archive,
      port: port2,
      writer: { port: writerPort, doorbell },
    };
    const transferList = [port2, writerPort];
    try {
      await archiver.#run(host.run(task, { transferList }) as Promise<Failure | null>);
      return archiver;
    } catch (error) {
      port1.close();
      writerPort.close();
      await host.destroy();
      throw error;
    }
  }

  /** Resolves with the first that is told; rejects when the thread ends before. */
  async #run(answer: Promise<Failure | null>): Promise<void> {
    const first = new Promise<void>((resolve) => {
      this.#onFirst = resolve;
    });
    this.#host.on('error', (error: unknown) => this.#lose(error));
    this.#ended = answer.then(
      (failure) => {
        if (isFailure(failure)) throw decodeFailure(failure);
      },
      (error: unknown) => this.#lose(error),
    );
    await Promise.race([first, this.#ended]);
    // A thread that has died before it told anything follows nothing.
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** The thread has died: an error of ours, or no memory. */
  #lose(cause: unknown): void {
    this.#failure ??= new BugError('the archive thread has ended', { cause });
    const failure = { code: 'ERR_BUG', message: String(cause), atMs: Date.now(), times: 1 };
    this.#reported = { ...this.#reported, failure };
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }

  #receive(message: ArchiveMessage): void {
    if (message.kind === 'status') {
      this.#reported = message.status;
      this.#onFirst();
      return;
    }
    const waiter = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (this.#waiting.size === 0) this.#port.unref();
    if (message.failure === null) waiter?.resolve();
    else waiter?.reject(decodeFailure(message.failure));
  }

  /** In constant time, also while the thread is busy. */
  get status(): ArchiveStatus {
    const since = this.#reported.completeAtMs ?? this.#startedMs;
    return { dir: this.#dir, ...this.#reported, lagMs: Math.max(0, Date.now() - since) };
  }

  /**
   * Brings everything that is committed into the archive now, and resolves when it is there. Rejects with
   * what keeps it from being written; it is tried again by itself.
   */
  ship(): Promise<void> {
    return this.#ask('ship');
  }

  /** The same, and waits for the copy of the whole volume that is being made, if there is one. */
  settle(): Promise<void> {
    return this.#ask('settle');
  }

  /** The last state, when the writer has closed; ends the thread. */
  async finish(): Promise<void> {
    try {
      await this.#ask('finish');
      await this.#ended;
    } finally {
      this.#port.close();
      await this.#host.destroy();
    }
  }

  #ask(type: ArchiveRequest['type']): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#port.ref();
      const request: ArchiveRequest = { id, type };
      this.#port.postMessage(request);
    });
  }
}
