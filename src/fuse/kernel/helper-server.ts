/**
 * The kernel's protocol for ordinary users: `fusermount` mounts, and the same threads answer as for root.
 * Runs in a process of its own, see `process/serving-process.ts`.
 */
import type { ResolvedMountOptions } from '../../core/mount-options.js';
import { openVolume } from '../../volume/open.js';
import type { Volume } from '../../volume/volume.js';
import type { Counts, MountOrder } from '../process/protocol.js';
import type { Server, Warn } from '../process/server.js';
import { Connection } from './connection.js';
import { mountByHelper } from './helper-mount.js';
import { mountLost } from './mount-errors.js';
import { type MountEntry, mountAt } from './mount-table.js';
import { ServingThreads } from './serving-threads.js';
import { runLazyUnmount } from './system-commands.js';

export async function startHelperServer(
  { path, dir, open, options }: MountOrder,
  warn: Warn,
): Promise<HelperServer> {
  const volume = await openVolume(path, open);
  try {
    const fd = await mountByHelper(dir, options);
    try {
      const server = new HelperServer(volume, { dir, fd, options, warn });
      await server.begin();
      return server;
    } catch (error) {
      await runLazyUnmount(dir);
      throw error;
    }
  } catch (error) {
    await volume.close();
    throw error;
  }
}

interface Mounted {
  readonly dir: string;
  readonly fd: number;
  readonly options: ResolvedMountOptions;
  readonly warn: Warn;
}

export class HelperServer implements Server {
  readonly ended: Promise<void>;
  readonly #volume: Volume;
  readonly #threads: ServingThreads;
  readonly #entry: MountEntry;
  #failure: unknown;
  #ending: Promise<void> | undefined;

  constructor(volume: Volume, { dir, fd, options, warn }: Mounted) {
    this.#volume = volume;
    this.#entry = mountAt(dir) as MountEntry;
    this.#threads = new ServingThreads({
      fd,
      volume,
      options,
      onError: warn,
      onDeath: (reason, left) => {
        if (left > 0) warn(reason, `a serving thread ended, ${left} go on`, 0);
        else this.#failure = mountLost(dir, reason);
      },
    });
    this.ended = this.#threads.ended.then(() => {
      this.#threads.board.closeOnce(fd);
      if (this.#failure !== undefined) throw this.#failure;
    });
    // Whoever waits for it is told.
    this.ended.catch(() => undefined);
  }

  /** The mount is there already: requests have waited. */
  async begin(): Promise<void> {
    try {
      await this.#threads.ready();
    } catch (error) {
      await this.#threads.stop();
      throw error;
    }
    this.#threads.board.begin();
  }

  get threads(): number {
    return this.#threads.board.alive;
  }

  get counts(): Counts {
    const { requests, errors } = this.#threads.board;
    return { requests, errors };
  }

  /** The threads see the end by themselves. */
  look(): void {}

  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  close(): Promise<void> {
    return this.#volume.close();
  }

  async #end(): Promise<void> {
    const connection = new Connection(this.#entry, this.#threads);
    try {
      await connection.end();
    } finally {
      connection.letGo();
    }
  }
}
