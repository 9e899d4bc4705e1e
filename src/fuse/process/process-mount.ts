/**
 * A mount that a process of its own serves, as the program that mounted it has it. `../mount-life.ts` has its
 * states.
 *
 * INVARIANT: the process ends with the mount, and closes the volume before; `closed` waits for it.
 * INVARIANT: until then the exit of this process is guarded. If this process is killed the other one
 * takes the mount away.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { VolumeError } from '../../core/errors.js';
import type { ResolvedMountOptions } from '../../core/mount-options.js';
import type { Volume } from '../../volume/volume.js';
import { guard, unguard } from '../kernel/exit-guard.js';
import { helperRefused, mountFailed, mountLost } from '../kernel/mount-errors.js';
import { mountAt, OUR_TYPE } from '../kernel/mount-table.js';
import { lazyUnmountNow, runLazyUnmount, syncNow, unmountNow } from '../kernel/system-commands.js';
import { isInTree } from '../kernel/unmounting.js';
import { MountLife } from '../mount-life.js';
import { MountProcess, type ProcessEnd } from './mount-process.js';
import { openOptionsOf } from './open-options.js';
import type { MountOrder } from './protocol.js';

/** Longer than it waits itself for a disk that does not answer. */
const END_MAX_MS = 60_000;

export class ProcessMount extends MountLife {
  readonly transport: 'kernel' | 'fuse-native';
  readonly closed: Promise<void>;
  readonly #process: MountProcess;
  #threads = 0;

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
    super(volume, dir, options);
    this.transport = transport;
    const open = openOptionsOf(volume.options);
    const order: MountOrder = { transport, path: volume.path, dir, open, options };
    this.#process = new MountProcess(order, {
      onWarning: (message, detail) => this.warn(message, detail),
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
    this.entry = mountAt(this.dir);
    if (this.phase === 'starting') this.phase = 'mounted';
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

  get pid(): number {
    return this.#process.pid;
  }

  get threads(): number {
    return this.hasEnded ? 0 : this.#threads;
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

  protected override onUnmounted(): void {
    this.#process.look();
  }

  protected async endByForce(): Promise<void> {
    this.phase = 'unmounting';
    // Somebody waits for it, and nothing else may keep the program going.
    this.#process.ref();
    this.#process.end();
    await Promise.race([this.ended(), pause(END_MAX_MS, undefined, { ref: false })]);
    // What was acknowledged is in the volume; a process that hangs has nothing else.
    if (!this.hasEnded) this.#process.kill();
    await this.ended();
  }

  /** For the exit of this process: the other one closes the volume by itself and ends then. */
  endNow(): void {
    const found = this.atExit();
    if (found === undefined || (found.isOnTop && unmountNow(this.dir))) return;
    syncNow(this.dir);
    lazyUnmountNow(this.dir);
  }

  /** The process has gone. */
  async #finish(end: ProcessEnd): Promise<void> {
    const wasMounted = this.phase !== 'starting';
    try {
      // Nobody answers any more: the directory is to be one again.
      const entry = this.entry ?? mountAt(this.dir);
      if (entry?.type === OUR_TYPE && isInTree(entry)) await runLazyUnmount(this.dir);
    } finally {
      unguard(this);
      this.phase = end.isRegular ? 'unmounted' : 'failed';
    }
    if (!end.isRegular && wasMounted)
      throw mountLost(this.dir, end.failure ?? new Error(`${end.how} ${end.said}`));
  }
}
