/**
 * The life of a mount, whoever serves it, as the program that mounted it has it.
 *
 *   starting ──▶ mounted ──unmount()──▶ unmounting ──▶ unmounted      also when somebody else unmounts it
 *                   ▲            │ busy
 *                   └────────────┘
 *                mounted ── who serves it dies ──▶ failed
 */
import type { ResolvedMountOptions } from '../core/mount-options.js';
import type { MountState, UnmountOptions, VolumeMount } from '../volume/fronts.js';
import type { Volume } from '../volume/volume.js';
import { type MountEntry, mountAt, OUR_TYPE } from './kernel/mount-table.js';
import { unmountIdle } from './kernel/unmounting.js';

export abstract class MountLife implements VolumeMount {
  readonly dir: string;
  readonly readOnly: boolean;
  readonly volume: Volume;
  readonly handlesSignals: boolean;
  abstract readonly transport: 'kernel' | 'fuse-native';
  abstract readonly pid: number;
  abstract readonly threads: number;
  abstract readonly requests: number;
  abstract readonly errors: number;
  abstract readonly closed: Promise<void>;
  protected phase: MountState | 'starting' = 'starting';
  /** Known as soon as it is in the tree of directories. */
  protected entry: MountEntry | undefined;
  #unmounting: Promise<void> | undefined;

  protected constructor(volume: Volume, dir: string, options: ResolvedMountOptions) {
    this.volume = volume;
    this.dir = dir;
    this.readOnly = options.readOnly;
    this.handlesSignals = options.handleSignals;
  }

  abstract ref(): void;
  abstract unref(): void;
  /** Ends it for the exit of the process. */
  abstract endNow(): void;
  /** Ends it whoever uses it; resolves when it has ended. */
  protected abstract endByForce(): Promise<void>;
  /** It has left the tree of directories. */
  protected onUnmounted(): void {}

  get state(): MountState {
    return this.phase === 'starting' ? 'mounted' : this.phase;
  }

  unmount({ force = false }: UnmountOptions = {}): Promise<void> {
    if (this.hasEnded) return Promise.resolve();
    if (force) return this.endByForce();
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

  protected get hasEnded(): boolean {
    return this.phase === 'unmounted' || this.phase === 'failed';
  }

  async #unmount(): Promise<void> {
    this.phase = 'unmounting';
    try {
      await unmountIdle(this.entry as MountEntry);
      this.onUnmounted();
      await this.ended();
    } catch (error) {
      // It may have ended meanwhile.
      if (this.phase === 'unmounting') this.phase = 'mounted';
      throw error;
    }
  }

  /** A failure is told by `closed`. */
  protected ended(): Promise<void> {
    return this.closed.catch(() => undefined);
  }

  /** The mount where it can still be ended at the exit of the process, and whether nothing is mounted on it. */
  protected atExit(): { readonly entry: MountEntry; readonly isOnTop: boolean } | undefined {
    const entry = this.entry ?? mountAt(this.dir);
    if (this.hasEnded || entry?.type !== OUR_TYPE) return undefined;
    return { entry, isOnTop: mountAt(this.dir)?.id === entry.id };
  }

  protected warn(message: string, detail?: string): void {
    process.emitWarning(`The mount at '${this.dir}': ${message}`, {
      code: 'CABINETFS_MOUNT',
      ...(detail === undefined ? {} : { detail }),
    });
  }
}
