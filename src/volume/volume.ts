/**
 * `Volume`: one SQLite file as a filesystem, open in this thread.
 *
 *   opening ──▶ open ──close()──▶ closing ──▶ closed
 *
 * Owns the reader pool, the reader threads and the way to the writer thread; closes them in order: no
 * new work, long reads ended, queue drained, readers back, writer closed with a final checkpoint, thread
 * ended. A volume that is attached to another thread's leaves the writer instead.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Registry } from 'prom-client';
import type { Change } from '../core/change.js';
import { VolumeError } from '../core/errors.js';
import type { MountOptions } from '../core/mount-options.js';
import { OperationMeter } from '../core/operation-meter.js';
import type { ResolvedOptions } from '../core/options.js';
import type { ServeOptions } from '../core/serve-options.js';
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
import type { VolumeLife } from '../health/facts.js';
import type { Health } from '../health/health.js';
import type { Archiver } from '../maintenance/archive/archiver.js';
import { type CheckTarget, checkVolume } from '../maintenance/check/check-volume.js';
import type { CheckOptions, CheckResult } from '../maintenance/check/problem.js';
import { compactOpenVolume } from '../maintenance/compact/compact-open.js';
import type { CompactOptions, CompactResult } from '../maintenance/compact/compact-options.js';
import type { QueryParameters, QueryValue } from '../maintenance/query/protocol.js';
import {
  type QueryOptions,
  type QueryResult,
  type QueryRow,
  runQuery,
} from '../maintenance/query/query.js';
import { QueryProcesses } from '../maintenance/query/query-processes.js';
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
import { Fronts, type VolumeMount, type VolumeServer } from './fronts.js';
import { createHandle, type VolumeHandle } from './handle.js';
import { Observation } from './observation.js';
import type { Origin, WriterAccess } from './origin.js';

export type VolumeState = 'open' | 'closing' | 'closed' | 'failed';

export interface TransactionOptions {
  /** Takes the transaction back while it waits in the queue. */
  readonly signal?: AbortSignal | undefined;
}

/** How long `close` waits for streams and directories that are still being read, in milliseconds. */
const READER_GRACE_MS = 1000;
/** Longest that a view waits for the log to begin anew, in milliseconds. */
const ROOM_WAIT_MS = 100;

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
  readonly #queries: QueryProcesses;
  readonly #writer: WriterAccess | undefined;
  readonly #runner: Runner;
  readonly #environment: CallEnvironment;
  readonly #watching: Watching;
  readonly #fronts: Fronts = new Fronts();
  readonly #meter: OperationMeter | undefined;
  readonly #observation: Observation;
  #closing: Promise<void> | undefined;
  #closed = false;

  /** Use `openVolume` or `attachVolume`. */
  constructor(origin: Origin, options: ResolvedOptions, pool: ReaderPool, share: CacheShare) {
    const { writer } = origin;
    this.path = origin.path;
    this.options = options;
    this.#origin = origin;
    this.#pool = pool;
    this.#queries = new QueryProcesses({
      processesMax: options.readerThreadsMax,
      acquireTimeoutMs: options.readerAcquireTimeoutMs,
    });
    pool.beforeFirstView = () => this.#makeRoom();
    this.#threads = new ReaderThreads(options, share, origin.slot);
    this.#writer = writer;
    this.migrations = origin.migrations;
    this.#environment = createEnvironment(options, pool, writer?.client);
    this.#meter = options.metrics ? new OperationMeter(origin.slot) : undefined;
    this.#runner = new Runner({
      pool,
      writer: writer?.client,
      meter: this.#meter,
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
    this.#observation = new Observation({ origin, options, pool, life: () => this.#life });
    origin.listen({ onThreads: () => pool.adapt(), onClosing: () => this.#closeWithOrigin() });
  }

  get #life(): VolumeLife {
    if (this.#closed) return 'closed';
    return this.#closing !== undefined || this.#origin.state.isClosing ? 'closing' : 'open';
  }

  /**
   * The continuous archive that the option `archive` asked for: how it is doing, and `ship` to bring
   * everything into it at once. Undefined without that option, and where the volume was attached.
   */
  get archive(): Archiver | undefined {
    return this.#origin.archive;
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
    const { state, boards, writer } = this.#origin;
    const admit: Origin['admit'] = (...guest) => this.#origin.admit(...guest);
    return createHandle({ path, options, state, boards, writer, admit });
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
    return this.#observation.withProgress('check', (report) =>
      checkVolume(target, reportingTo(report, options)),
    );
  }

  /**
   * Runs one reading SQL statement over the views `files`, `directories` and `usage`, and the tables of
   * docs/format.md, in a process of its own: nothing waits for it, and it is ended when it takes longer
   * than `timeoutMs`. It sees everything that was acknowledged before the call.
   *
   * ERR_QUERY_INVALID for what is no such statement, ERR_QUERY_TIMEOUT, ERR_QUERY_TOO_BIG,
   * ERR_READERS_EXHAUSTED when `readerThreadsMax` queries run for too long.
   */
  query(
    sql: string,
    parameters: QueryParameters | undefined,
    options: QueryOptions & { readonly rowMode: 'array' },
  ): Promise<QueryResult<readonly QueryValue[]>>;
  query(
    sql: string,
    parameters?: QueryParameters,
    options?: QueryOptions & { readonly rowMode?: 'object' },
  ): Promise<QueryResult>;
  async query(
    sql: string,
    parameters?: QueryParameters,
    options?: QueryOptions,
  ): Promise<QueryResult<QueryRow | readonly QueryValue[]>> {
    this.#checkOpen();
    const { path, options: opened } = this;
    const { busyTimeoutMs } = opened;
    const { cacheBytes } = this.#threads;
    const target = { path, busyTimeoutMs, cacheBytes, processes: this.#queries };
    return runQuery(target, sql, parameters, options);
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
   * How the volume is: a verdict per check, with what to do about it. Constant time, waits for nothing and
   * does not throw, also when the writer is stuck and when the volume is closed. docs/health.md.
   */
  health(): Health {
    return this.#observation.health();
  }

  /**
   * The metrics of the volume, of all its threads: a Registry of prom-client. Made when it is first asked
   * for; the numbers are read when somebody scrapes. docs/metrics.md.
   */
  get metrics(): Registry {
    return this.#observation.metrics;
  }

  /** @internal For what tells health and metrics how it gets on. */
  get observation(): Observation {
    return this.#observation;
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

  /** While somebody reads from a log that has grown long, the pause between two views is used. */
  #makeRoom(): Promise<unknown> | undefined {
    if (this.#writer === undefined || this.#writer.gauges.get('walHeldSinceMs') === 0) return;
    const { client } = this.#writer;
    // A writer that is busy, has failed or has gone does not keep anybody from reading.
    const room = client.control({ type: 'makeRoom' }).catch(() => undefined);
    return Promise.race([room, pause(ROOM_WAIT_MS, undefined, { ref: false })]);
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

  /**
   * Gives free space back to the system, in slices of a few milliseconds between which everybody else
   * has a turn. A volume as a whole is compacted by `compactVolume` while it is closed.
   */
  async compact(options?: CompactOptions): Promise<CompactResult> {
    return compactOpenVolume({ path: this.path, client: this.#writerClient() }, options);
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
   * Serves the volume over HTTP: `/livez`, `/readyz`, `/healthz`, `/metrics`, and a status page for people
   * at `/`. On 127.0.0.1, port 9464, unless told otherwise; docs/http.md. Closed with the volume at the
   * latest. Throws ERR_SERVE_EXPOSED, ERR_LISTEN_FAILED, ERR_OPTION_INVALID, ERR_OPTION_UNKNOWN.
   */
  async serve(options: ServeOptions = {}): Promise<VolumeServer> {
    this.#checkOpen();
    return this.#fronts.serve(this, options);
  }

  /**
   * Mounts the volume at a directory, through the kernel's FUSE protocol: Linux, for root or in a user
   * namespace; docs/mount.md. Programs see it as a filesystem, this one too. Unmounted with the volume at
   * the latest. Throws ERR_MOUNT_POINT, ERR_MOUNT_FAILED, ERR_OPTION_INVALID, ERR_OPTION_UNKNOWN.
   */
  async mount(dir: string, options: MountOptions = {}): Promise<VolumeMount> {
    this.#checkOpen();
    return this.#fronts.mount(this, dir, options);
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
    await attempt(async () => {
      await Promise.all([this.#origin.beginClosing(), this.#fronts.close()]);
    });
    await attempt(() => this.#threads.close(volumeClosed(this.path)));
    await attempt(() => this.#queries.close(volumeClosed(this.path)));
    const client = this.#writer?.client;
    // What has been accepted is done first.
    if (client !== undefined) await attempt(() => client.drained());
    // The last of what is told reads from the tables.
    await attempt(() => this.#watching.close());
    await attempt(() => this.#origin.beforeReadersClose());
    // The readers before the writer: who closes last removes the log, and a read-only one cannot.
    await attempt(() => this.#pool.close(READER_GRACE_MS));
    this.#observation.close();
    this.#meter?.end();
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

/** The options of a check, with a listener that tells the board of progress, too. */
function reportingTo(
  report: (done: number, total: number) => void,
  options: CheckOptions | undefined,
): CheckOptions | undefined {
  const onProgress = options?.onProgress;
  // What is wrong with the options is for the check to say.
  const isFunction = onProgress === undefined || typeof onProgress === 'function';
  if (options === null || typeof (options ?? {}) !== 'object' || !isFunction) return options;
  return {
    ...options,
    onProgress: (progress) => {
      report(progress.done, progress.total);
      onProgress?.(progress);
    },
  };
}
