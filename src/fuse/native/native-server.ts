/**
 * A mount through the package fuse-native, on libfuse 2. Runs in a process of its own, see
 * `process/serving-process.ts`: one event loop answers all threads of libfuse.
 *
 * The package never says when a mount has ended. Its last act is to close the descriptor of /dev/fuse, so
 * that is what is looked at.
 */
import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { type ResolvedOptions, resolveOptions } from '../../core/options.js';
import { ReaderPool } from '../../readers/pool.js';
import { limitReports } from '../error-reports.js';
import { askHelper } from '../kernel/helper-mount.js';
import { mountFailed } from '../kernel/mount-errors.js';
import { mountAt, OUR_TYPE } from '../kernel/mount-table.js';
import { mayMount, runLazyUnmount, runSync } from '../kernel/system-commands.js';
import type { Counts, MountOrder } from '../process/protocol.js';
import type { Server, Warn } from '../process/server.js';
import { loadBinding } from './binding.js';
import { fuseOptionsOf } from './fuse-options.js';
import { LocalWriter } from './local-writer.js';
import { NativeSession } from './native-session.js';
import { createRepairedFuse, type RepairedFuse } from './repaired-fuse.js';

const DEVICE = '/dev/fuse';
const DESCRIPTORS = '/proc/self/fd';
const LOOK_EVERY_MS = 100;
/** After somebody said that the mount has left the tree. */
const LOOK_SOON_MS = 2;
const LOOK_SOON_COUNT = 100;
const SYNC_WAIT_MAX_MS = 30_000;
/** For the last answers, when the mount was taken from who uses it. */
const LINGER_MS = 200;

export async function startNativeServer(order: MountOrder, warn: Warn): Promise<NativeServer> {
  const { path, dir, options } = order;
  const binding = await loadBinding(dir);
  const volume = await OwnVolume.open(path, resolveOptions(order.open));
  const { accessTimes, readOnly } = options;
  const facts = { path, options: volume.options, isReadOnly: readOnly, accessTimes };
  const session = new NativeSession(volume.pool, volume.writer, facts);
  const report = limitReports(warn);
  const fuse = createRepairedFuse(binding, session, {
    dir,
    options: fuseOptionsOf(options),
    onError: (error, request) => {
      if (!volume.isClosing) report(error, request);
    },
  });
  try {
    await mount(fuse);
  } catch (error) {
    await volume.close();
    throw await explain(error, order);
  }
  return new NativeServer(dir, fuse, volume);
}

/** The volume as this process has it open: the program that mounts has checked it. */
class OwnVolume {
  readonly options: ResolvedOptions;
  readonly writer: LocalWriter | undefined;
  readonly pool: ReaderPool;
  /** From then on requests of those who still have something open fail, and that is no news. */
  isClosing = false;

  private constructor(path: string, options: ResolvedOptions, writer: LocalWriter | undefined) {
    this.options = options;
    this.writer = writer;
    this.pool = new ReaderPool(path, options);
  }

  static async open(path: string, options: ResolvedOptions): Promise<OwnVolume> {
    const writer = options.readOnly ? undefined : await LocalWriter.open(path, options);
    try {
      return new OwnVolume(path, options, writer);
    } catch (error) {
      await writer?.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.isClosing = true;
    await this.writer?.close();
    await this.pool.close(0);
  }
}

/** libfuse says nothing. */
async function explain(error: unknown, { dir, options }: MountOrder): Promise<unknown> {
  const reason = mayMount()
    ? mountFailed(dir, 'libfuse refused', 'The transport `kernel` says more.', error)
    : await askHelper(dir, options);
  // A mount that was given up half way answers nobody.
  if (mountAt(dir)?.type === OUR_TYPE) await runLazyUnmount(dir);
  return reason;
}

function mount(fuse: RepairedFuse): Promise<void> {
  return new Promise((resolve, reject) => {
    fuse.mount((error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

export class NativeServer implements Server {
  readonly threads = 1;
  readonly ended: Promise<void>;
  readonly #dir: string;
  readonly #fuse: RepairedFuse;
  readonly #volume: OwnVolume;
  readonly #descriptor: string | undefined;
  readonly #timer: NodeJS.Timeout;
  #onEnd: () => void = () => undefined;
  #ending: Promise<void> | undefined;

  constructor(dir: string, fuse: RepairedFuse, volume: OwnVolume) {
    this.#dir = dir;
    this.#fuse = fuse;
    this.#volume = volume;
    this.#descriptor = findDescriptor();
    this.ended = new Promise((resolve) => {
      this.#onEnd = resolve;
    });
    this.#timer = setInterval(() => this.#lookOnce(), LOOK_EVERY_MS);
  }

  get counts(): Counts {
    return { ...this.#fuse.counts };
  }

  look(): void {
    void this.#lookSoon();
  }

  async #lookSoon(): Promise<void> {
    for (let count = 0; count < LOOK_SOON_COUNT && !this.#lookOnce(); count += 1) {
      await pause(LOOK_SOON_MS);
    }
  }

  #lookOnce(): boolean {
    if (this.#descriptor !== undefined && leadsToDevice(this.#descriptor)) return false;
    clearInterval(this.#timer);
    this.#onEnd();
    return true;
  }

  close(): Promise<void> {
    return this.#volume.close();
  }

  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  /** Who still uses it is told when this process ends, which closes the descriptor. */
  async #end(): Promise<void> {
    const dir = this.#dir;
    // A volume that cannot write any more must not keep its mount.
    await Promise.race([runSync(dir), pause(SYNC_WAIT_MAX_MS, undefined, { ref: false })]);
    await runLazyUnmount(dir);
    await Promise.race([this.#lookSoon(), pause(LINGER_MS)]);
    this.#onEnd();
  }
}

function findDescriptor(): string | undefined {
  return readdirSync(DESCRIPTORS)
    .map((name) => `${DESCRIPTORS}/${name}`)
    .find(leadsToDevice);
}

function leadsToDevice(path: string): boolean {
  try {
    return readlinkSync(path) === DEVICE;
  } catch {
    // The one that listed them, or one that was closed.
    return false;
  }
}
