/**
 * `Volume`: one SQLite file as a filesystem, open in this thread.
 *
 *   opening ──▶ open ──close()──▶ closing ──▶ closed
 *
 * Owns the reader pool, the reader threads and the way to the writer thread; closes them in order: no
 * new work, long reads ended, queue drained, readers back, writer closed with a final checkpoint, thread
 * ended. A volume that is attached to another thread's leaves the writer instead.
 */
import type { Change } from '../core/change.js';
import { VolumeError } from '../core/errors.js';
import type { ResolvedOptions } from '../core/options.js';
import type { PathLike } from '../fs/arguments/path.js';
import type { FollowOption, RemoveXattrOptions, SetXattrOptions } from '../fs/calls/special.js';
import * as special from '../fs/calls/special.js';
import type { CallEnvironment } from '../fs/calls/step.js';
import { DescriptorTable } from '../fs/descriptors.js';
import { createFsFace } from '../fs/face.js';
import type { FsFace } from '../fs/face-types.js';
import { acquireLock, type Lock, type LockOptions } from '../fs/lock.js';
import { Runner } from '../fs/runner.js';
import { applyTransaction, type Transaction, TransactionRecorder } from '../fs/transaction.js';
import { createWatching, type Watching } from '../fs/watch/watching.js';
import { type CheckTarget, checkVolume } from '../maintenance/check/check-volume.js';
import type { CheckOptions, CheckResult } from '../maintenance/check/problem.js';
import {
  collectStats,
  readCounters,
  type StatsOptions,
  type StatsSource,
  type VolumeCounters,
  type VolumeStats,
} from '../maintenance/stats/volume-stats.js';
import type { CacheShare } from '../readers/cache-share.js';
import type { ReaderPool } from '../readers/pool.js';
import { ReaderThreads } from '../readers/threads.js';
import type { MigrationReport } from '../schema/migrate.js';
import type { CheckpointMode, CheckpointResult } from '../sqlite/wal.js';
import {
  MAINTENANCE_KINDS,
  type MaintenanceKind,
  type MaintenanceRecord,
  RECORDS_KEPT,
} from '../store/maintenance-table.js';
import type { WriterClient } from '../writer/client.js';
import { volumeClosed } from '../writer/client-errors.js';
import { createHandle, type VolumeHandle } from './handle.js';
import type { Origin, WriterAccess } from './origin.js';

export type VolumeState = 'open' | 'closing' | 'closed' | 'failed';

export interface TransactionOptions {
  /** Takes the transaction back while it waits in the queue. */
  readonly signal?: AbortSignal | undefined;
}

/** How long `close` waits for streams and directories that are still being read, in milliseconds. */
const READER_GRACE_MS = 1000;

export class Volume implements AsyncDisposable {
  /** Absolute path of the volume's file. */
  readonly path: string;
  readonly options: ResolvedOptions;
  /** The filesystem, shaped like `node:fs`. */
  readonly fs: FsFace;
  /** What opening had to do to the schema; undefined where the volume was not opened but attached. */
  readonly migrations: MigrationReport | undefined;
  readonly #origin: Origin;
  readonly #pool: ReaderPool;
  readonly #threads: ReaderThreads;
  readonly #writer: WriterAccess | undefined;
  readonly #runner: Runner;
  readonly #environment: CallEnvironment;
  readonly #watching: Watching;
  #closing: Promise<void> | undefined;
  #closed = false;

  /** Use `openVolume` or `attachVolume`. */
  constructor(origin: Origin, options: ResolvedOptions, pool: ReaderPool, share: CacheShare) {
    const { writer } = origin;
    this.path = origin.path;
    this.options = options;
    this.#origin = origin;
    this.#pool = pool;
    this.#threads = new ReaderThreads(options, share);
    this.#writer = writer;
    this.migrations = origin.migrations;
    this.#environment = createEnvironment(options, pool, writer?.client);
    this.#runner = new Runner({
      pool,
      writer: writer?.client,
      checkOpen: () => this.#checkOpen(),
    });
    this.#watching = createWatching({
      pool,
      writer: writer?.client,
      facts: pool.store.facts,
      checkOpen: () => this.#checkOpen(),
    });
    this.fs = createFsFace({
      runner: this.#runner,
      environment: this.#environment,
      watching: this.#watching,
    });
    origin.listen({ onThreads: () => pool.adapt(), onClosing: () => this.#closeWithOrigin() });
  }

  /** @internal For the layers above (transfer and fronts); no part of the public interface. */
  get runner(): Runner {
    return this.#runner;
  }

  /** @internal For mounts, whose requests are answered below paths. */
  get internals(): { readonly pool: ReaderPool; readonly writer: WriterClient | undefined } {
    return { pool: this.#pool, writer: this.#writer?.client };
  }

  get state(): VolumeState {
    if (this.#closed) return 'closed';
    if (this.#closing !== undefined || this.#origin.state.isClosing) return 'closing';
    if (this.#writer === undefined) return 'open';
    const { client, gauges } = this.#writer;
    return client.isLost || gauges.get('failed') === 1 ? 'failed' : 'open';
  }

  #checkOpen(): void {
    if (this.#closing !== undefined || this.#origin.state.isClosing) throw volumeClosed(this.path);
  }

  /**
   * A handle that takes this volume to one other thread, which uses it with `attachVolume`. Send it with
   * its `transferList`; see `VolumeHandle`. All threads share one writer; each reads on connections of
   * its own. At most 1,024 handles may be out or attached: ERR_HANDLES_EXHAUSTED.
   */
  connect(): VolumeHandle {
    this.#checkOpen();
    const { path, options } = this;
    const { state, writer } = this.#origin;
    const admit: Origin['admit'] = (port, claim) => this.#origin.admit(port, claim);
    return createHandle({ path, options, state, writer, admit });
  }

  /**
   * Records changes synchronously and applies them as one: any failure, or a precondition that is not
   * met, undoes all. The error is that of the step that failed, with its index as `step`.
   */
  async transaction(
    record: (tx: Transaction) => void,
    options: TransactionOptions = {},
  ): Promise<void> {
    const recorder = new TransactionRecorder(this.#environment);
    const returned: unknown = record(recorder);
    const steps = recorder.seal();
    if (returned instanceof Promise) {
      returned.catch(() => undefined);
      throw new VolumeError(
        'ERR_TRANSACTION_INVALID',
        'The function given to `transaction` must not be asynchronous.',
        { hint: 'Read what you need first; then record the changes, guarded by `ifVersion`.' },
      );
    }
    await applyTransaction(this.#runner, steps, options.signal);
  }

  /**
   * Makes a FIFO, a socket, a device node or an empty file. `mode` is the file type and permission bits,
   * as in `stat`; the umask is taken off. EPERM for a directory, EINVAL for a link. Opening a special
   * file through the library is ENXIO.
   */
  mknod(path: PathLike, mode: number, rdev = 0): Promise<undefined> {
    return this.#runner.run(() => special.mknod(this.#environment, path, mode, rdev));
  }

  /** Value of an extended attribute. ENODATA when there is none of that name. */
  getXattr(path: PathLike, name: string, options?: FollowOption): Promise<Buffer> {
    return this.#runner.run(() => special.getXattr(this.#environment, path, name, options));
  }

  /** Sets an extended attribute: at most 255 bytes of name (ERANGE), 64 KiB of value (E2BIG). */
  setXattr(
    path: PathLike,
    name: string,
    value: ArrayBufferView | string,
    options?: SetXattrOptions,
  ): Promise<undefined> {
    return this.#runner.run(() => special.setXattr(this.#environment, path, name, value, options));
  }

  /** Names of all extended attributes, in byte order. */
  listXattr(path: PathLike, options?: FollowOption): Promise<string[]> {
    return this.#runner.run(() => special.listXattr(this.#environment, path, options));
  }

  /** Takes an extended attribute away. ENODATA when there is none of that name. */
  removeXattr(path: PathLike, name: string, options?: RemoveXattrOptions): Promise<undefined> {
    return this.#runner.run(() => special.removeXattr(this.#environment, path, name, options));
  }

  /**
   * Version of a file or directory: grows with every change of its content, attributes or entries. 0
   * when there is none. What `ifVersion` of the writing functions compares.
   */
  version(path: PathLike, options?: FollowOption): Promise<number> {
    return this.#runner.run(() => special.version(this.#environment, path, options));
  }

  /**
   * Takes an advisory lock of a file or directory, which need not be open, and resolves when it is held.
   * It keeps out other locks of the file, of this process and of others, and nothing else: reading and
   * writing do not ask for locks. A link at the end of the path is followed; the lock is of the file, not
   * of its name. Given up by `release`, by closing the volume, and when the attached thread or the
   * process that holds it ends, however it ends.
   *
   * ENOENT when there is no such file, EAGAIN with `wait: false` when it cannot be had at once, EROFS on a
   * volume that is open for reading only, EMFILE when more than `handlesMax` files and locks are open.
   * There is no detection of deadlocks: take several locks in one order, or give a signal with a timeout.
   */
  lock(path: PathLike, options?: LockOptions): Promise<Lock> {
    return acquireLock(
      { runner: this.#runner, descriptors: this.#environment.descriptors },
      path,
      options,
    );
  }

  /**
   * Checks the volume against the rules of docs/format.md, on a reader thread and one view: nothing
   * waits for it. With `repair` all writes wait while what was found is put right in one transaction;
   * content that is lost or damaged is reported and never touched. Damage of the database itself is
   * reported and keeps a repair from writing anything.
   */
  async check(options?: CheckOptions): Promise<CheckResult> {
    this.#checkOpen();
    const { path, options: opened } = this;
    const target: CheckTarget = {
      path,
      busyTimeoutMs: opened.busyTimeoutMs,
      threads: this.#threads,
      writer: this.#writer?.client,
    };
    return checkVolume(target, options);
  }

  /** What the volume holds, counted on a reader thread, and the counters of the moment. */
  async stats(options?: StatsOptions): Promise<VolumeStats> {
    this.#checkOpen();
    return collectStats(this.#statsSource, options);
  }

  /** The part of `stats` that is known at once: constant time, also when the writer is stuck. */
  counters(): VolumeCounters {
    this.#checkOpen();
    return readCounters(this.#statsSource);
  }

  /**
   * What was done for the upkeep of the volume, newest first: checks, backups and so on, of one kind or of
   * all. The newest 64 of each kind are kept.
   */
  records(kind?: MaintenanceKind, limit: number = RECORDS_KEPT): MaintenanceRecord[] {
    this.#checkOpen();
    if (kind !== undefined && !MAINTENANCE_KINDS.includes(kind)) {
      throw new VolumeError('ERR_OPTION_INVALID', `'${String(kind)}' is no kind of record.`, {
        hint: `Use one of: ${MAINTENANCE_KINDS.join(', ')}.`,
      });
    }
    if (!Number.isSafeInteger(limit) || limit < 0) {
      throw new VolumeError('ERR_OPTION_INVALID', `'${String(limit)}' is no number of records.`);
    }
    return this.#pool.read((store) => store.maintenance.list(limit, kind));
  }

  get #statsSource(): StatsSource {
    return {
      path: this.path,
      busyTimeoutMs: this.options.busyTimeoutMs,
      pool: this.#pool,
      threads: this.#threads,
      writer: this.#writer,
    };
  }

  /** Barrier: when it resolves, everything acknowledged so far is on stable storage. */
  async sync(): Promise<void> {
    this.#checkOpen();
    await this.#writer?.client.control({ type: 'sync' });
  }

  /** Moves the log into the database file. Reports `busy` when a reader kept it from finishing. */
  async checkpoint(mode: CheckpointMode = 'passive'): Promise<CheckpointResult> {
    if (!CHECKPOINT_MODES.includes(mode)) {
      throw new VolumeError('ERR_OPTION_INVALID', `'${String(mode)}' is no checkpoint mode.`, {
        hint: `Use one of: ${CHECKPOINT_MODES.join(', ')}.`,
      });
    }
    return (await this.#control({ type: 'checkpoint', mode })) as CheckpointResult;
  }

  async #control(control: Parameters<WriterClient['control']>[0]): Promise<unknown> {
    return this.#writerClient().control(control);
  }

  /** For what only a writer can do: says so on a volume that is open for reading only. */
  #writerClient(): WriterClient {
    this.#checkOpen();
    if (this.#writer !== undefined) return this.#writer.client;
    throw new VolumeError('ERR_VOLUME_READ_ONLY', `'${this.path}' is open for reading only.`, {
      path: this.path,
      hint: 'Open it without `readOnly`.',
    });
  }

  /**
   * Calls `listener` with what changed, after each commit, and with the time of the commit in
   * milliseconds since 1970. Returns the way to stop.
   */
  async subscribe(
    listener: (changes: readonly Change[], committedMs: number) => void,
  ): Promise<() => void> {
    const client = this.#writerClient();
    const unsubscribe = client.changes.subscribe(listener);
    // Nobody is told of commits before the writer knows the client.
    if (!client.hasHeard) await client.control({ type: 'foreignCommits' });
    return unsubscribe;
  }

  /**
   * Closes everything in order; idempotent. Reports the first failure, after having tried all. Where the
   * volume was attached, only this thread's part of it: what it asked for is done, its open files are
   * let go, and the volume stays open for others.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Who opened the volume closes it. A failure is for who calls `close`. */
  #closeWithOrigin(): void {
    this.close().catch(() => undefined);
  }

  async #close(): Promise<void> {
    const failures: unknown[] = [];
    const attempt = async (work: () => Promise<void> | void): Promise<void> => {
      try {
        await work();
      } catch (error) {
        failures.push(error);
      }
    };
    await attempt(() => this.#origin.beginClosing());
    await attempt(() => this.#threads.close(volumeClosed(this.path)));
    const client = this.#writer?.client;
    // What has been accepted is done first.
    if (client !== undefined) await attempt(() => client.drained());
    // The last of what is told reads from the tables.
    await attempt(() => this.#watching.close());
    await attempt(() => this.#origin.beforeReadersClose());
    // The readers before the writer: who closes last removes the log, and a read-only one cannot.
    await attempt(() => this.#pool.close(READER_GRACE_MS));
    for (const step of this.#origin.lastSteps()) await attempt(step);
    this.#closed = true;
    if (failures.length > 0) throw failures[0];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

const CHECKPOINT_MODES: readonly string[] = ['passive', 'full', 'restart', 'truncate'];

function createEnvironment(
  options: ResolvedOptions,
  pool: ReaderPool,
  writer: WriterClient | undefined,
): CallEnvironment {
  const { uid, gid, umask } = options;
  return {
    creator: (mode) => ({ mode: mode & ~umask, uid, gid }),
    facts: pool.store.facts,
    isReadOnly: options.readOnly,
    descriptors: new DescriptorTable(options.handlesMax),
    release: (ino) => writer?.release(ino),
  };
}
