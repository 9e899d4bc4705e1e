/**
 * What a volume can be served through. Fronts are layers above this one, so the package's entry names
 * them here, each to be loaded when it is first asked for.
 */
import type { MountOptions } from '../core/mount-options.js';
import type { MountFigures } from '../health/sources.js';
import { volumeClosed } from '../writer/client-errors.js';
import type { ServeOptions } from './serve-options.js';
import type { Volume } from './volume.js';

/** Something that makes a volume reachable, until it is closed. */
export interface Front extends AsyncDisposable {
  /** Resolves when it has ended, however that came. */
  readonly closed: Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** A volume over HTTP. It keeps the process alive, as a server of `node:http` does, unless `unref`. */
export interface VolumeServer extends Front {
  /** For this machine, for example `http://127.0.0.1:9464`. */
  readonly url: string;
  /** As it was asked for. */
  readonly host: string;
  /** The port that was taken. */
  readonly port: number;
  /** The process stays alive for the server (again). */
  ref(): void;
  /** The process may end although the server listens. */
  unref(): void;
}

export interface UnmountOptions {
  /**
   * End it although somebody uses it: what they have written is kept, what they do next fails.
   * @defaultValue false
   */
  readonly force?: boolean;
}

/** How a mount is: `failed` when its serving threads ended unexpectedly. */
export type MountState = 'mounted' | 'unmounting' | 'unmounted' | 'failed';

/** A volume in the tree of directories. It keeps the process alive, unless `unref`. */
export interface VolumeMount extends Front {
  /** Absolute, without links. */
  readonly dir: string;
  readonly transport: 'kernel' | 'fuse-native';
  /** The process that answers the kernel: this one, or one that was started for it. */
  readonly pid: number;
  readonly readOnly: boolean;
  readonly state: MountState;
  /** Threads that serve it. */
  readonly threads: number;
  /** Requests of the kernel that were answered. */
  readonly requests: number;
  /** Of those, such as failed for a reason that has no errno, and were answered with EIO. */
  readonly errors: number;
  /**
   * Resolves when the mount has ended, however that came; rejects with ERR_MOUNT_LOST when it had to be
   * ended because its threads did.
   */
  readonly closed: Promise<void>;
  /**
   * Ends it; idempotent. Everything that was written is in the volume when it resolves. Rejects with
   * ERR_MOUNT_BUSY, and the mount stays, when somebody uses it and `force` is not set.
   */
  unmount(options?: UnmountOptions): Promise<void>;
  /** Ends it, by force where it is in use; a warning says who used it. */
  close(): Promise<void>;
  /** The process stays alive for the mount (again). */
  ref(): void;
  /** The process may end although the volume is mounted, which ends the mount. */
  unref(): void;
}

/** How each front begins; extended by the fronts themselves. */
export interface FrontStarters {
  readonly serve: (volume: Volume, options: ServeOptions) => Promise<VolumeServer>;
  readonly mount: (volume: Volume, dir: string, options: MountOptions) => Promise<VolumeMount>;
}

type Loaders = { readonly [K in keyof FrontStarters]: () => Promise<FrontStarters[K]> };

let known: Loaders | undefined;

/** Called once, by the package's entry. */
export function registerFronts(loaders: Loaders): void {
  known = loaders;
}

async function loadFront<K extends keyof FrontStarters>(name: K): Promise<FrontStarters[K]> {
  const load = known?.[name];
  if (load === undefined) throw new Error(`The front '${name}' is not part of this build.`);
  return load();
}

/** The fronts of one volume, which end before it does. */
export class Fronts {
  readonly #open = new Set<Front>();
  readonly #mounts = new Set<VolumeMount>();
  /** What mounts that have ended had answered. */
  readonly #ended = { requests: 0, errors: 0 };
  #isClosing = false;

  async serve(volume: Volume, options: ServeOptions): Promise<VolumeServer> {
    const start = await loadFront('serve');
    return this.#keep(volume, await start(volume, options));
  }

  async mount(volume: Volume, dir: string, options: MountOptions): Promise<VolumeMount> {
    const start = await loadFront('mount');
    const mount = await this.#keep(volume, await start(volume, dir, options));
    this.#mounts.add(mount);
    const drop = (): void => {
      this.#mounts.delete(mount);
      this.#ended.requests += mount.requests;
      this.#ended.errors += mount.errors;
    };
    mount.closed.then(drop, drop);
    return mount;
  }

  get mountFigures(): Omit<MountFigures, 'pendingBytes' | 'failedWrites'> {
    let { requests, errors } = this.#ended;
    for (const mount of this.#mounts) {
      requests += mount.requests;
      errors += mount.errors;
    }
    return { mounts: this.#mounts.size, requests, errors };
  }

  /** The volume may have been closed while the front began. */
  async #keep<T extends Front>(volume: Volume, front: T): Promise<T> {
    if (this.#isClosing) {
      await front.close();
      throw volumeClosed(volume.path);
    }
    this.#open.add(front);
    const drop = (): boolean => this.#open.delete(front);
    front.closed.then(drop, drop);
    return front;
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.all([...this.#open].map((front) => front.close()));
  }
}
