/** The threads that serve one mount, as the thread that mounted sees them. */
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { constants } from 'node:os';
import { Worker } from 'node:worker_threads';
import { HoldBoard } from '../../core/hold-board.js';
import { ROOT_INO } from '../../core/ino.js';
import type { ResolvedMountOptions } from '../../core/mount-options.js';
import { programUrl } from '../../core/programs.js';
import { WitnessBoard } from '../../core/witness-board.js';
import { WriteBehind } from '../../core/write-behind.js';
import type { VolumeHandle } from '../../volume/handle.js';
import type { Volume } from '../../volume/volume.js';
import { DeskKeeper } from '../desk-keeper.js';
import { createOpeningBoard } from '../openings.js';
import { createPositionBoard } from '../positions.js';
import { createPage, encodeError } from '../protocol/reply.js';
import type { MountOptions } from '../session.js';
import type { ServeThreadInput, SharedByThreads } from './serve-thread.js';
import { ServingBoard } from './serving-board.js';
import { MountWitness } from './witness.js';

const REPLY_BYTES = 64;
const NOBODY_THERE: readonly string[] = [
  'ENOENT',
  'ENODEV',
  'EBADF',
  'ENOTCONN',
  'ECONNABORTED',
  'EPERM',
];

export interface ServingOptions {
  readonly fd: number;
  readonly volume: Volume;
  readonly options: ResolvedMountOptions;
  /**
   * Something that has no errno; who asked was told EIO. `repeated`: so many of the kind were not told
   * before.
   */
  onError(error: unknown, request: string, repeated: number): void;
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
  readonly #keeper: DeskKeeper;
  readonly #witness: MountWitness;
  #running: number;

  constructor(options: ServingOptions) {
    this.#options = options;
    const { volume } = options;
    const { threads } = options.options;
    this.board = new ServingBoard(threads);
    this.#running = threads;
    this.#keeper = new DeskKeeper({
      client: volume.internals.writer,
      send: (bytes) => {
        // Threads that leave give up their locks: what is granted by that is not for who waits here.
        if (!this.board.isStopping) this.#send(bytes);
      },
      onError: (...told) => options.onError(...told),
    });
    const shared = createShared(volume.internals.behind.buffer);
    // All of them before any thread: there may be no more handles.
    const handles = Array.from({ length: threads }, () => volume.connect());
    this.#witness = new MountWitness({
      fd: options.fd,
      mountId: shared.mountId,
      board: shared.remembered,
      behind: shared.behind,
      connect: () => volume.connect(),
      onError: (error) => options.onError(error, 'the witness', 0),
    });
    this.#threads = handles.map((handle, thread) => this.#start(thread, handle, shared));
    this.ended = this.#end();
  }

  async #end(): Promise<void> {
    await Promise.all(this.#threads.map(({ ended }) => ended));
    await this.#witness.stop();
    this.#keeper.close();
  }

  #start(thread: number, volume: VolumeHandle, shared: SharedByThreads): ServingThread {
    const { fd } = this.#options;
    const options = sessionOptionsOf(this.#options.options);
    const desk = this.#keeper.open();
    const board = this.board.buffer;
    const input: ServeThreadInput = { fd, volume, options, thread, board, desk, shared };
    const worker = new Worker(programUrl('fuse/kernel/serve-thread'), {
      workerData: input,
      transferList: [...volume.transferList, desk.port],
      name: 'cabinetfs mount',
      // Whichever thread is the last one closes the descriptor, which none of them has opened.
      trackUnmanagedFds: false,
    });
    // It has no number any more when it has ended.
    const { threadId } = worker;
    let reason: unknown;
    worker.on('error', (error) => {
      reason = error;
    });
    const ended = new Promise<void>((resolve) => {
      worker.on('exit', (code) => {
        this.#running -= 1;
        new WriteBehind(shared.behind).bury(threadId);
        if (reason !== undefined || code !== 0) this.#bury(thread, reason ?? exited(code));
        resolve();
      });
    });
    const ready = new Promise<void>((resolve, reject) => {
      // It says only that it is ready.
      worker.on('message', () => resolve());
      void ended.then(() => reject(reason ?? exited(0)));
    });
    ready.catch(() => undefined);
    return { worker, ready, ended };
  }

  /**
   * The threads are to leave, the last of which closes the descriptor: nobody may write to it any more who could
   * find another file under its number.
   */
  async stop(): Promise<void> {
    await this.#witness.stop();
    this.board.stop();
  }

  /** Resolves when every thread has the volume; rejects with the reason of the first that has not. */
  async ready(): Promise<void> {
    await Promise.all([...this.#threads.map(({ ready }) => ready), this.#witness.ready()]);
  }

  /** Who waits for the answer of a thread that has died must not wait for ever. */
  #bury(thread: number, reason: unknown): void {
    const unique = this.board.uniqueOf(thread);
    if (unique !== 0 && !this.board.isStopping) this.#replyError(unique);
    this.#options.onDeath(reason, this.#running);
  }

  #replyError(unique: number): void {
    const page = createPage(REPLY_BYTES);
    const length = encodeError(page, unique, constants.errno.EIO);
    this.#send(page.buffer.subarray(0, length));
  }

  /** A reply or a notification from this thread. */
  #send(bytes: Uint8Array): void {
    try {
      writeSync(this.#options.fd, bytes);
    } catch (error) {
      // It was answered, the caller has gone, the kernel knows no such inode, or the mount has gone.
      if (!NOBODY_THERE.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
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

/** What the requests need of the options of a mount. */
function sessionOptionsOf(options: ResolvedMountOptions): MountOptions {
  const { readOnly: isReadOnly, cacheMs, accessTimes, writeback, writeBehind } = options;
  const { locks, birthTimes } = options;
  return { cacheMs, isReadOnly, accessTimes, writeback, writeBehind, locks, birthTimes };
}

function exited(code: number): Error {
  return new Error(`a serving thread ended with code ${code}`);
}

function createShared(totals: SharedArrayBuffer): SharedByThreads {
  const remembered = new WitnessBoard();
  // The kernel knows the root without having asked for it.
  remembered.note(ROOT_INO, 1);
  return {
    mountId: `cabinetfs-${randomUUID()}`,
    positions: createPositionBoard(),
    openings: createOpeningBoard(),
    behind: new WriteBehind({ totals }).wire,
    remembered: remembered.buffer,
    holds: new HoldBoard().buffer,
  };
}
