/**
 * A mount that a process of its own serves, as the program that mounted it has it.
 *
 *   starting ──▶ mounted ──unmount()──▶ unmounting ──▶ unmounted      also when somebody else unmounts it
 *                   ▲            │ busy
 *                   └────────────┘
 *                mounted ── the process dies ──▶ failed
 *
 * INVARIANT: the process ends with the mount, and closes the volume before; `closed` waits for it.
 * INVARIANT: until then the exit of this process is guarded. If this process is killed the other one
 * takes the mount away.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { VolumeError } from '../../core/errors.js';
import type { ResolvedMountOptions } from '../../core/mount-options.js';
import type { MountState, UnmountOptions, VolumeMount } from '../../volume/fronts.js';
import type { Volume } from '../../volume/volume.js';
import { guard, unguard } from '../kernel/exit-guard.js';
import { helperRefused, mountFailed, mountLost } from '../kernel/mount-errors.js';
import { type MountEntry, mountAt, OUR_TYPE } from '../kernel/mount-table.js';
import { lazyUnmountNow, runLazyUnmount, syncNow, unmountNow } from '../kernel/system-commands.js';
import { isInTree, unmountIdle } from '../kernel/unmounting.js';
import { MountProcess, type ProcessEnd } from './mount-process.js';
import { openOptionsOf } from './open-options.js';
import type { MountOrder } from './protocol.js';

/** Longer than it waits itself for a disk that does not answer. */
const END_MAX_MS = 60_000;

export class ProcessMount implements VolumeMount {
  readonly dir: string;
  readonly transport: 'kernel' | 'fuse-native';
  readonly readOnly: boolean;
  readonly volume: Volume;
  readonly handlesSignals: boolean;
  readonly closed: Promise<void>;
  readonly #process: MountProcess;
  #state: MountState | 'starting' = 'starting';
  #threads = 0;
  #entry: MountEntry | undefined;
  #unmounting: Promise<void> | undefined;

  /** The directory is one that can be mounted on. */
  static async start(
    volume: Volume,
    dir: string,
    transport: 'kernel' | 'fuse-native',
    options: ResolvedMountOptions,
  ): Promise<ProcessMount> {
    const mount = new ProcessMount(volume, dir, transport, options);
    try {
      await mount.#begin();
      return mount;
    } catch (error) {
      await mount.#giveUp();
      throw error;
    }
  }

  private constructor(
    volume: Volume,
    dir: string,
    transport: 'kernel' | 'fuse-native',
    options: ResolvedMountOptions,
  ) {
    this.volume = volume;
    this.dir = dir;
    this.transport = transport;
    this.readOnly = options.readOnly;
    this.handlesSignals = options.handleSignals;
    const open = openOptionsOf(volume.options);
    const order: MountOrder = { transport, path: volume.path, dir, open, options };
    this.#process = new MountProcess(order, {
      onWarning: (message, detail) => {
        process.emitWarning(`The mount at '${dir}': ${message}`, {
          code: 'CABINETFS_MOUNT',
          detail,
        });
      },
    });
    this.closed = this.#process.ended.then((end) => this.#finish(end));
    // Whoever waits for it is told; nobody has to.
    this.closed.catch(() => undefined);
    guard(this);
  }

  async #begin(): Promise<void> {
    try {
      this.#threads = await this.#process.mounted;
    } catch (error) {
      throw error instanceof VolumeError ? error : await this.#refusal(error);
    }
    this.#entry = mountAt(this.dir);
    if (this.#state === 'starting') this.#state = 'mounted';
  }

  /** What libfuse says is all that is known of its reasons. */
  async #refusal(error: unknown): Promise<VolumeError> {
    const { said, how } = await this.#process.ended;
    if (said !== '') return helperRefused(this.dir, { status: null, said });
    const why = `the process that was to serve it has ended (${how})`;
    return mountFailed(this.dir, why, 'Please report this; another transport may do.', error);
  }

  /** What was begun is taken back. */
  async #giveUp(): Promise<void> {
    this.#process.kill();
    await this.closed.catch(() => undefined);
  }

  get state(): MountState {
    return this.#state === 'starting' ? 'mounted' : this.#state;
  }

  get pid(): number {
    return this.#process.pid;
  }

  get threads(): number {
    return this.#hasEnded ? 0 : this.#threads;
  }

  get requests(): number {
    return this.#process.counts.requests;
  }

  get errors(): number {
    return this.#process.counts.errors;
  }

  ref(): void {
    this.#process.ref();
  }

  unref(): void {
    this.#process.unref();
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
      await unmountIdle(this.#entry as MountEntry);
      this.#process.look();
      await this.#ended();
    } catch (error) {
      // It may have ended meanwhile.
      if (this.#state === 'unmounting') this.#state = 'mounted';
      throw error;
    }
  }

  async #endByForce(): Promise<void> {
    this.#state = 'unmounting';
    // Somebody waits for it, and nothing else may keep the program going.
    this.#process.ref();
    this.#process.end();
    await Promise.race([this.#ended(), pause(END_MAX_MS, undefined, { ref: false })]);
    // What was acknowledged is in the volume; a process that hangs has nothing else.
    if (!this.#hasEnded) this.#process.kill();
    await this.#ended();
  }

  /** A failure is told by `closed`. */
  #ended(): Promise<void> {
    return this.closed.catch(() => undefined);
  }

  /** For the exit of this process: the other one closes the volume by itself and ends then. */
  endNow(): void {
    const entry = this.#entry ?? mountAt(this.dir);
    if (this.#hasEnded || entry?.type !== OUR_TYPE) return;
    const isOnTop = mountAt(this.dir)?.id === entry.id;
    if (isOnTop && unmountNow(this.dir)) return;
    syncNow(this.dir);
    lazyUnmountNow(this.dir);
  }

  /** The process has gone. */
  async #finish(end: ProcessEnd): Promise<void> {
    const wasMounted = this.#state !== 'starting';
    try {
      // Nobody answers any more: the directory is to be one again.
      const entry = this.#entry ?? mountAt(this.dir);
      if (entry?.type === OUR_TYPE && isInTree(entry)) await runLazyUnmount(this.dir);
    } finally {
      unguard(this);
      this.#state = end.isRegular ? 'unmounted' : 'failed';
    }
    if (!end.isRegular && wasMounted)
      throw mountLost(this.dir, end.failure ?? new Error(`${end.how} ${end.said}`));
  }
}
