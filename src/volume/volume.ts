/**
 * `Volume`: one SQLite file as a filesystem, open in this thread.
 *
 *   opening ──▶ open ──close()──▶ closing ──▶ closed
 *
 * Owns the reader pool, the reader threads and the way to the writer thread; closes them in order: no
 * new work, long reads ended, queue drained, readers back, writer closed with a final checkpoint, thread
 * ended. A volume that is attached to another thread's leaves the writer instead.
 */
import type { Registry } from 'prom-client';
import type { Change } from '../core/change.js';
import { VolumeError } from '../core/errors.js';
import type { MountOptions } from '../core/mount-options.js';
import { OperationMeter } from '../core/operation-meter.js';
import type { ResolvedOptions } from '../core/options.js';
import type { BehindTotals } from '../core/write-behind.js';
import { Runner } from '../fs/runner.js';
import { createWatching, type Watching } from '../fs/watch/watching.js';
import type { VolumeLife } from '../health/facts.js';
import type { Health } from '../health/health.js';
import type { Archiver } from '../maintenance/archive/archiver.js';
import type { BackupOptions, BackupResult } from '../maintenance/backup/backup-options.js';
import { backupVolume } from '../maintenance/backup/backup-volume.js';
import type { CheckOptions, CheckResult } from '../maintenance/check/problem.js';
import { compactOpenVolume } from '../maintenance/compact/compact-open.js';
import type { CompactOptions, CompactResult } from '../maintenance/compact/compact-options.js';
import type { IntegrityState } from '../maintenance/integrity/integrity-watch.js';
import type { QueryParameters, QueryValue } from '../maintenance/query/protocol.js';
import {
  type QueryOptions,
  type QueryResult,
  type QueryRow,
  runQuery,
} from '../maintenance/query/query.js';
import { QueryProcesses } from '../maintenance/query/query-processes.js';
import type { BackupSchedule, BackupScheduleState } from '../maintenance/schedule/schedule.js';
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
import type { LatestInodes } from '../store/latest-inodes.js';
import {
  type MaintenanceKind,
  type MaintenanceRecord,
  RECORDS_KEPT,
} from '../store/maintenance-table.js';
import type { WriterClient } from '../writer/client.js';
import { volumeClosed } from '../writer/client-errors.js';
import { checkCheckpointMode, checkRecordArguments } from './arguments.js';
import { awaitMounts, mountsSettled } from './await-mounts.js';
import { Checks } from './checks.js';
import { createEnvironment } from './environment.js';
import { VolumeFiles } from './files.js';
import { Fronts, type VolumeMount, type VolumeServer } from './fronts.js';
import { createHandle, type VolumeHandle } from './handle.js';
import { makeRoom } from './make-room.js';
import { Observation } from './observation.js';
import type { Origin, WriterAccess } from './origin.js';
import { startScheduledBackups } from './scheduled-backups.js';
import type { ServeOptions } from './serve-options.js';
import { checkSubscribeOptions, type SubscribeOptions } from './subscribe-options.js';

export type VolumeState = 'open' | 'closing' | 'closed' | 'failed';

/** How long `close` waits for streams and directories that are still being read, in milliseconds. */
const READER_GRACE_MS = 1000;

export class Volume extends VolumeFiles implements AsyncDisposable {
  /** Absolute path of the volume's file. */
  readonly path: string;
  readonly options: ResolvedOptions;
  /** What opening had to do to the schema; undefined where the volume was not opened but attached. */
  readonly migrations: MigrationReport | undefined;
  readonly #origin: Origin;
  readonly #pool: ReaderPool;
  readonly #threads: ReaderThreads;
  readonly #queries: QueryProcesses;
  readonly #writer: WriterAccess | undefined;
  readonly #watching: Watching;
  readonly #checks: Checks;
  readonly #fronts: Fronts = new Fronts();
  readonly #meter: OperationMeter | undefined;
  readonly #observation: Observation;
  readonly #schedule: BackupSchedule | undefined;
  #closing: Promise<void> | undefined;
  #closed = false;

  /** Use `openVolume` or `attachVolume`. */
  constructor(origin: Origin, options: ResolvedOptions, pool: ReaderPool, share: CacheShare) {
    const { writer, path } = origin;
    const environment = createEnvironment(options, pool, writer?.client);
    const meter = options.metrics ? new OperationMeter(origin.slot) : undefined;
    const target = { pool, writer: writer?.client, meter, checkOpen: () => this.#checkOpen() };
    const watching = createWatching({ ...target, facts: pool.store.facts });
    super({ runner: new Runner(target), environment, watching });
    this.path = path;
    this.options = options;
    this.#origin = origin;
    this.#pool = pool;
    this.#meter = meter;
    this.#watching = watching;
    this.#writer = writer;
    this.migrations = origin.migrations;
    this.#queries = new QueryProcesses({
      processesMax: options.readerThreadsMax,
      acquireTimeoutMs: options.readerAcquireTimeoutMs,
    });
    pool.beforeFirstView = () => makeRoom(writer);
    pool.beforeRead = () => awaitMounts(origin);
    this.#threads = new ReaderThreads(options, share, origin.slot);
    this.#observation = new Observation({ origin, options, pool, life: () => this.#life });
    if (origin.isHome) {
      const { behind } = origin.boards;
      this.#observation.connect({
        mounts: () => ({
          ...this.#fronts.mountFigures,
          // What a writer that has failed did not commit never will be.
          pendingBytes: this.state === 'failed' ? 0 : behind.bytes,
          failedWrites: behind.failures,
        }),
      });
    }
    this.#checks = new Checks({
      origin,
      options,
      pool,
      threads: this.#threads,
      observation: this.#observation,
    });
    this.#schedule = startScheduledBackups({
      origin,
      options,
      volumeId: pool.store.facts.volumeId,
      observation: this.#observation,
      backup: (dest, { signal }) => this.backup(dest, { signal }),
    });
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

  /** @internal For mounts, whose requests are answered below paths. */
  get internals(): {
    readonly pool: ReaderPool;
    readonly writer: WriterClient | undefined;
    readonly behind: BehindTotals;
    readonly inodes: LatestInodes;
  } {
    return {
      pool: this.#pool,
      writer: this.#writer?.client,
      behind: this.#origin.boards.behind,
      inodes: this.#origin.boards.inodes,
    };
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
   * Checks the volume against the rules of docs/format.md, on a reader thread and one view: nothing
   * waits for it. With `repair` all writes wait while what was found is put right in one transaction;
   * content that is lost or damaged is reported and never touched. Damage of the database itself is
   * reported and keeps a repair from writing anything.
   */
  async check(options?: CheckOptions): Promise<CheckResult> {
    this.#checkOpen();
    const settled = mountsSettled(this.#origin);
    if (settled !== undefined) await settled;
    return this.#checks.run(options);
  }

  /** @internal What the volume checks by itself, for health; undefined where it does not. */
  get integrity(): IntegrityState | undefined {
    return this.#checks.state;
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
    const { busyTimeoutMs, verifyReads } = opened;
    const { cacheBytes } = this.#threads;
    const target = { path, busyTimeoutMs, verifyReads, cacheBytes, processes: this.#queries };
    const settled = mountsSettled(this.#origin);
    if (settled !== undefined) await settled;
    return runQuery(target, sql, parameters, options);
  }

  /**
   * Makes a verified copy of one commit at `dest`, with a manifest beside it (`<dest>.json`), while the
   * volume is in use: one pass, whatever is written meanwhile. Nothing is under the name before it is
   * whole. See docs/backup.md for what is thrown.
   */
  async backup(dest: string, options?: BackupOptions): Promise<BackupResult> {
    this.#checkOpen();
    const { path, options: opened } = this;
    const source = {
      path,
      busyTimeoutMs: opened.busyTimeoutMs,
      threads: this.#threads,
      writer: this.#writer?.client,
    };
    return this.#observation.withProgress('backup', (report) =>
      backupVolume({ ...source, report }, dest, options),
    );
  }

  /** How the backups of the option `backup` are doing; undefined without it, and where attached. */
  get backupSchedule(): BackupScheduleState | undefined {
    return this.#schedule?.state;
  }

  /** What the volume holds, counted on a reader thread, and the counters of the moment. */
  async stats(options?: StatsOptions): Promise<VolumeStats> {
    this.#checkOpen();
    const settled = mountsSettled(this.#origin);
    if (settled !== undefined) await settled;
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
    checkRecordArguments(kind, limit);
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
    checkCheckpointMode(mode);
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
    options: SubscribeOptions = {},
  ): Promise<() => void> {
    const onLost = checkSubscribeOptions(options);
    const client = this.#writerClient();
    const unsubscribe = client.changes.subscribe({ changed: listener, lost: onLost });
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
    await attempt(() => this.#schedule?.close());
    await attempt(async () => {
      await Promise.all([this.#origin.beginClosing(), this.#fronts.close()]);
    });
    this.#checks.close();
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
