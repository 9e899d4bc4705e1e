/**
 * A mount through the kernel's protocol: the descriptor of /dev/fuse, the threads that read it, and its
 * place in the tree of directories.
 *
 *   starting ──▶ mounted ──unmount()──▶ unmounting ──▶ unmounted      also when somebody else unmounts it
 *                   ▲            │ busy
 *                   └────────────┘
 *                mounted ── its threads die ──▶ failed
 *
 * INVARIANT: the descriptor is closed after the last thread has ended, and once: the number may be another
 * file's soon. Closing it ends what is left of the connection.
 * INVARIANT: until then the exit of the process is guarded.
 */
import { closeSync, openSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { VolumeError } from '../../core/errors.js';
import { failpoint } from '../../core/failpoint.js';
import type { ResolvedMountOptions } from '../../core/mount-options.js';
import type { MountState, UnmountOptions, VolumeMount } from '../../volume/fronts.js';
import type { Volume } from '../../volume/volume.js';
import { Connection } from './connection.js';
import { guard, unguard } from './exit-guard.js';
import { mountFailed, mountLost, mountRefused, noDevice } from './mount-errors.js';
import { type MountEntry, mountAt, OUR_TYPE } from './mount-table.js';
import { ServingThreads } from './serving-threads.js';
import { runMount, unmountNow } from './system-commands.js';
import { unmountIdle } from './unmounting.js';

const DEVICE = '/dev/fuse';
const LAST_WAIT_MS = 5000;

export class KernelMount implements VolumeMount {
  readonly dir: string;
  readonly transport = 'kernel';
  readonly pid: number = process.pid;
  readonly readOnly: boolean;
  readonly volume: Volume;
  readonly handlesSignals: boolean;
  readonly closed: Promise<void>;
  readonly #fd: number;
  readonly #threads: ServingThreads;
  #state: MountState | 'starting' = 'starting';
  #entry: MountEntry | undefined;
  #unmounting: Promise<void> | undefined;
  #failure: VolumeError | undefined;

  /** The directory is one that can be mounted on. */
  static async start(
    volume: Volume,
    dir: string,
    options: ResolvedMountOptions,
  ): Promise<KernelMount> {
    const mount = create(openDevice(dir), (fd) => new KernelMount(volume, dir, options, fd));
    try {
      await mount.#begin(options);
      return mount;
    } catch (error) {
      await mount.#giveUp();
      throw error;
    }
  }

  private constructor(volume: Volume, dir: string, options: ResolvedMountOptions, fd: number) {
    const { readOnly, threads, cacheMs, accessTimes, writeback, writeBehind, handleSignals } =
      options;
    this.volume = volume;
    this.dir = dir;
    this.readOnly = readOnly;
    this.handlesSignals = handleSignals;
    this.#fd = fd;
    this.#threads = new ServingThreads({
      fd,
      count: threads,
      options: { cacheMs, isReadOnly: readOnly, accessTimes, writeback, writeBehind },
      behindTotals: volume.internals.behind.buffer,
      connect: () => volume.connect(),
      client: volume.internals.writer,
      onError: (error, request, repeated) => {
        const more = repeated > 0 ? ` (${repeated} more since the last warning)` : '';
        this.#warn(error as Error, `${request}${more}`);
      },
      onDeath: (reason, left) => this.#noteDeath(reason, left),
    });
    this.closed = this.#threads.ended.then(() => this.#finish());
    // Whoever waits for it is told; nobody has to.
    this.closed.catch(() => undefined);
    guard(this);
  }

  async #begin(options: ResolvedMountOptions): Promise<void> {
    const { dir } = this;
    await this.#threads.ready();
    const run = await runMount({
      fd: this.#fd,
      dir,
      source: options.fsName,
      isReadOnly: options.readOnly,
      ...options,
    });
    if (run.status !== 0) throw mountRefused(dir, run);
    this.#entry = mountAt(dir);
    this.#threads.board.begin();
    // The first request waits until the kernel and we have agreed on a version.
    await stat(dir).catch((error: unknown) => {
      const hint = 'Linux 5.4 or later is needed, and a sound volume: `cabinet check`.';
      throw mountFailed(dir, 'its root does not answer', hint, error);
    });
    this.#state = 'mounted';
    failpoint('mount:mounted');
  }

  /** What was begun is taken back. */
  async #giveUp(): Promise<void> {
    if (this.#entry !== undefined) await this.#endByForce();
    this.#threads.board.stop();
    await this.closed.catch(() => undefined);
  }

  get state(): MountState {
    return this.#state === 'starting' ? 'mounted' : this.#state;
  }

  get threads(): number {
    return this.#threads.board.alive;
  }

  get requests(): number {
    return this.#threads.board.requests;
  }

  get errors(): number {
    return this.#threads.board.errors;
  }

  ref(): void {
    this.#threads.ref();
  }

  unref(): void {
    this.#threads.unref();
  }

  unmount({ force = false }: UnmountOptions = {}): Promise<void> {
    if (this.#hasEnded) return Promise.resolve();
    if (force) return this.#endByForce();
    this.#unmounting ??= this.#unmount().finally(() => {
      this.#unmounting = undefined;
    });
    return this.#unmounting;
  }

  async close(): Promise<void> {
    try {
      await this.unmount();
    } catch (error) {
      process.emitWarning(`${(error as Error).message} It was ended by force.`, {
        code: 'CABINETFS_MOUNT_BUSY',
      });
      await this.unmount({ force: true });
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #hasEnded(): boolean {
    return this.#state === 'unmounted' || this.#state === 'failed';
  }

  async #unmount(): Promise<void> {
    this.#state = 'unmounting';
    try {
      await unmountIdle(this.#placed());
      await this.#ended();
    } catch (error) {
      // It may have ended meanwhile.
      if (this.#state === 'unmounting') this.#state = 'mounted';
      throw error;
    }
  }

  #placed(): MountEntry {
    return this.#entry as MountEntry;
  }

  /** A failure is told by `closed`. */
  #ended(): Promise<void> {
    return this.closed.catch(() => undefined);
  }

  async #endByForce(): Promise<void> {
    if (this.#hasEnded) return;
    this.#state = 'unmounting';
    const connection = new Connection(this.#placed(), this.#threads.board);
    try {
      await connection.end();
    } finally {
      connection.letGo();
    }
    await this.#ended();
  }

  /** For the exit of the process. */
  endNow(): void {
    const entry = this.#entry ?? mountAt(this.dir);
    if (this.#hasEnded || entry?.type !== OUR_TYPE) return;
    const { board } = this.#threads;
    const isOnTop = mountAt(this.dir)?.id === entry.id;
    if (!(isOnTop && unmountNow(this.dir))) {
      const connection = new Connection(entry, board);
      connection.endNow();
      connection.letGo();
    }
    board.waitForFewer(1, LAST_WAIT_MS);
  }

  #noteDeath(reason: unknown, left: number): void {
    if (this.#state === 'starting') return;
    if (left > 0) {
      this.#warn(reason as Error, `a serving thread ended, ${left} go on`);
      return;
    }
    this.#failure ??= mountLost(this.dir, reason);
  }

  /** All threads have ended. */
  async #finish(): Promise<void> {
    try {
      // Nobody answers any more: who uses it must be told, and not wait.
      if (this.#failure !== undefined && this.#entry !== undefined) {
        await Connection.detach(this.#entry);
      }
    } finally {
      closeSync(this.#fd);
      unguard(this);
      this.#state = this.#failure === undefined ? 'unmounted' : 'failed';
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #warn(error: Error, what: string): void {
    const detail = error.stack ?? String(error);
    process.emitWarning(`The mount at '${this.dir}': ${what}: ${error.message}`, {
      code: 'CABINETFS_MOUNT',
      detail,
    });
  }
}

/** What cannot be made leaves no descriptor behind. */
function create<T>(fd: number, make: (fd: number) => T): T {
  try {
    return make(fd);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function openDevice(dir: string): number {
  try {
    // Node opens with O_CLOEXEC: no program that is started later has it.
    return openSync(DEVICE, 'r+');
  } catch (error) {
    throw noDevice(dir, error as NodeJS.ErrnoException);
  }
}
