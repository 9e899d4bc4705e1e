/**
 * A mount through the kernel's protocol: the descriptor of /dev/fuse, the threads that read it, and its
 * place in the tree of directories. `../mount-life.ts` has its states.
 *
 * INVARIANT: the descriptor is closed after the last thread has ended reading it, and once: the number may be another
 * file's soon. Closing it ends what is left of the connection.
 * INVARIANT: until then the exit of the process is guarded.
 */
import { closeSync, openSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { VolumeError } from '../../core/errors.js';
import { failpoint } from '../../core/failpoint.js';
import type { ResolvedMountOptions } from '../../core/mount-options.js';
import type { Volume } from '../../volume/volume.js';
import { MountLife } from '../mount-life.js';
import { Connection } from './connection.js';
import { guard, unguard } from './exit-guard.js';
import { mountFailed, mountLost, mountRefused, noDevice } from './mount-errors.js';
import { type MountEntry, mountAt } from './mount-table.js';
import { ServingThreads } from './serving-threads.js';
import { runMount, unmountNow } from './system-commands.js';

const DEVICE = '/dev/fuse';
const LAST_WAIT_MS = 5000;

export class KernelMount extends MountLife {
  readonly transport = 'kernel';
  readonly pid: number = process.pid;
  readonly closed: Promise<void>;
  readonly #fd: number;
  readonly #threads: ServingThreads;
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
    super(volume, dir, options);
    this.#fd = fd;
    this.#threads = new ServingThreads({
      fd,
      volume,
      options,
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
    this.entry = mountAt(dir);
    this.#threads.board.begin();
    // The first request waits until the kernel and we have agreed on a version.
    await stat(dir).catch((error: unknown) => {
      const hint = 'Linux 5.4 or later is needed, and a sound volume: `cabinet check`.';
      throw mountFailed(dir, 'its root does not answer', hint, error);
    });
    this.phase = 'mounted';
    failpoint('mount:mounted');
  }

  /** What was begun is taken back. */
  async #giveUp(): Promise<void> {
    if (this.entry !== undefined) await this.endByForce();
    await this.#threads.stop();
    await this.closed.catch(() => undefined);
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

  protected async endByForce(): Promise<void> {
    if (this.hasEnded) return;
    this.phase = 'unmounting';
    const connection = new Connection(this.entry as MountEntry, this.#threads);
    try {
      await connection.end();
    } finally {
      connection.letGo();
    }
    await this.ended();
  }

  endNow(): void {
    const found = this.atExit();
    if (found === undefined) return;
    const { board } = this.#threads;
    if (!(found.isOnTop && unmountNow(this.dir))) {
      const connection = new Connection(found.entry, this.#threads);
      connection.endNow();
      connection.letGo();
    }
    // What this process has open in the mount is closed with it, and the kernel would wait for an answer for
    // ever: it does not when the connection has gone.
    if (board.waitForFewer(1, LAST_WAIT_MS)) board.closeOnce(this.#fd);
  }

  #noteDeath(reason: unknown, left: number): void {
    if (this.phase === 'starting') return;
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
      if (this.#failure !== undefined && this.entry !== undefined) {
        await Connection.detach(this.entry);
      }
    } finally {
      this.#threads.board.closeOnce(this.#fd);
      unguard(this);
      this.phase = this.#failure === undefined ? 'unmounted' : 'failed';
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #warn(error: Error, what: string): void {
    this.warn(`${what}: ${error.message}`, error.stack ?? String(error));
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
