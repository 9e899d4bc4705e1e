/**
 * The writer: owns the only read-write connection, runs batches, answers, and does the work between
 * batches (reaping, checkpoints, syncs, sessions). Knows nothing of threads and ports: a `WriterHost`
 * hands it jobs and takes its answers, so that tests can run it in one thread.
 *
 * INVARIANT: a job is answered only after the commit that holds it (and its sync with `full`).
 */
import type { AuthoredChange } from '../core/change.js';
import { type Clock, createClock } from '../core/clock.js';
import { VolumeError } from '../core/errors.js';
import { failpoint } from '../core/failpoint.js';
import { encodeFailure } from '../core/failure.js';
import type { Ino } from '../core/ino.js';
import type { ResolvedOptions } from '../core/options.js';
import type { OpContext } from '../ops/context.js';
import type { LockContext } from '../ops/lock.js';
import type { MigrationReport } from '../schema/migrate.js';
import type { Connection, ConnectionOptions } from '../sqlite/connection.js';
import {
  guarded,
  isRetryable,
  isSqliteError,
  translateSqliteError,
} from '../sqlite/driver-errors.js';
import { type CheckpointMode, type CheckpointResult, walBytes } from '../sqlite/wal.js';
import type { LatestRecords } from '../store/latest-records.js';
import type { MaintenanceEntry } from '../store/maintenance-table.js';
import { clearUnclean, markUnclean } from '../store/meta-table.js';
import { PathCache } from '../store/path-cache.js';
import { Store } from '../store/store.js';
import { type BatchOutcome, BatchRunner, type Job, OutcomeUnknown } from './batch.js';
import { Checkpoints } from './checkpoints.js';
import { Durable, synchronousOf } from './durable.js';
import type { WriterGauges } from './gauges.js';
import { commitLast } from './last-commit.js';
import { Locks } from './locks.js';
import { OpenFiles } from './open-files.js';
import { letPin, type Pinned } from './pin.js';
import { prepareVolume } from './prepare.js';
import { Reaper } from './reaper.js';
import { SESSION_TICK_MS, Sessions } from './sessions.js';
import { SpaceGuard } from './space-guard.js';
import { letWork } from './standstill.js';
import { entryOf, noSlices, Vacuum, type VacuumSlice } from './vacuum.js';
import { createWriterMemory, type WriterMemory } from './writer-memory.js';

export interface WriterHost {
  /** A commit of these changes is about to begin. */
  onCommitting(changes: readonly AuthoredChange[]): void;
  onChanges(changes: readonly AuthoredChange[]): void;
  /** No commit is under way, and `onChanges` has been called for all that were. */
  onSettled(): void;
  onFailed(reason: VolumeError): void;
  /** `hasIdleWork` became true without a batch. */
  onIdleWork(): void;
}

// The writer's cache serves lookups of every batch; readers share the rest of the budget.
const WRITER_CACHE_SHARE = 0.25;

export class Writer {
  readonly openFiles: OpenFiles = new OpenFiles();
  readonly locks: Locks;
  /** What opening had to do to the schema. */
  readonly migrations: MigrationReport;
  readonly #connection: Connection;
  readonly #store: Store;
  readonly #runner: BatchRunner;
  readonly #reaper: Reaper;
  readonly #sessions: Sessions;
  readonly #durable: Durable;
  readonly #checkpoints: Checkpoints;
  readonly #vacuum: Vacuum;
  readonly #space: SpaceGuard;
  readonly #gauges: WriterGauges;
  readonly #host: WriterHost;
  readonly #options: ResolvedOptions;
  /** Whether there was a log before this process opened the volume. */
  readonly #hadLog: boolean;
  readonly #records: LatestRecords;
  #foreignSeen = 0;
  #failure: VolumeError | undefined;
  #ticker: NodeJS.Timeout | undefined;

  constructor(
    path: string,
    options: ResolvedOptions,
    gauges: WriterGauges,
    host: WriterHost,
    isBulkLoad = false,
    { records, inodes }: WriterMemory = createWriterMemory(),
  ) {
    this.#gauges = gauges;
    this.#records = records;
    this.#options = options;
    this.#host = host;
    const clock: Clock = createClock();
    const connectionOptions: ConnectionOptions = {
      role: 'writer',
      cacheBytes: options.memoryBudgetBytes * WRITER_CACHE_SHARE,
      busyTimeoutMs: options.busyTimeoutMs,
      synchronous: synchronousOf(options),
    };
    this.#hadLog = walBytes(path) > 0;
    const { connection, migrations } = prepareVolume(path, options, connectionOptions, isBulkLoad);
    this.#connection = connection;
    this.migrations = migrations;
    this.#store = new Store(this.#connection, new PathCache());
    this.#store.verifyReads(false);
    this.#sessions = new Sessions(this.#store, this.openFiles, clock, () => performance.now());
    this.locks = new Locks({
      store: this.#store,
      sessions: this.#sessions,
      gauges,
      guarded: (work) => this.#guarded(work),
      runAlone: (work) => this.#runAlone(work),
    });
    this.#runner = new BatchRunner({
      store: this.#store,
      clock,
      openFiles: this.openFiles,
      hasOtherSessions: () => this.#sessions.hasOthersNow(),
      locks: this.locks,
      latest: inodes,
      space: {
        admit: (onlyFrees) => this.#space.admit(onlyFrees),
        recover: () => this.#space.recover(),
      },
      onCommitting: (changes) => host.onCommitting(changes),
      onCommitted: (seconds) => gauges.meters.observe('commitSeconds', seconds),
    });
    this.#reaper = new Reaper(this.#store, this.#runner, this.#sessions);
    this.#checkpoints = new Checkpoints(this.#connection, options, gauges);
    this.#space = new SpaceGuard({
      connection: this.#connection,
      gauges,
      checkpoints: this.#checkpoints,
    });
    this.#vacuum = new Vacuum({
      connection: this.#connection,
      options: options.compaction,
      gauges,
      commit: (work) => this.#committed(this.#runner.runAlone(work).outcome, 0),
      onRound: (round) => this.record(entryOf(round)),
    });
    this.#durable = new Durable({
      connection: this.#connection,
      options,
      gauges,
      checkpoints: this.#checkpoints,
      touch: () => guarded(path, () => this.#runner.runAlone(() => this.#sessions.touch())),
      onFailure: (error) => this.#fail(error),
    });
  }

  /** Enters the volume and starts the timers. */
  start(): void {
    try {
      guarded(this.#connection.path, () => {
        this.#runner.runAlone(() => this.#enter());
        this.#records.load(this.#store.maintenance);
      });
    } catch (error) {
      this.#connection.close();
      throw error;
    }
    failpoint('open:entered');
    this.#noteCommit();
    this.#foreignSeen = this.#runner.foreignCommits;
    this.#gauges.set('heartbeatMs', Date.now());
    this.#ticker = setInterval(() => this.#tick(), SESSION_TICK_MS);
    this.#ticker.unref();
  }

  /** A process that was killed leaves its session behind, and a log. So does a power cut. */
  #enter(): void {
    const hasBuried = this.#sessions.enter();
    if (hasBuried || (this.#hadLog && !this.#sessions.hasOthers)) {
      markUnclean(this.#connection, Date.now());
    }
  }

  get failure(): VolumeError | undefined {
    return this.#failure;
  }

  /**
   * Runs jobs in one commit; the results are in their order, and fewer than the jobs when the time of a
   * batch was up. Never throws.
   */
  run(jobs: readonly Job[]): readonly unknown[] {
    if (this.#failure !== undefined) return jobs.map(() => encodeFailure(this.#failure));
    this.#gauges.set('busySinceMs', Date.now());
    const startedMs = performance.now();
    try {
      const outcome = this.#runner.run(jobs, this.#options.batchTimeMaxMs);
      this.#gauges.meters.observe('batchSeconds', (performance.now() - startedMs) / 1000);
      this.#committed(outcome, outcome.results.length);
      return outcome.results;
    } catch (error) {
      this.#fail(error);
      return jobs.map(() => encodeFailure(this.#failure));
    } finally {
      this.#host.onSettled();
      this.#gauges.set('busySinceMs', 0);
    }
  }

  #committed(outcome: BatchOutcome, commands: number): void {
    if (outcome.wakesReaper) this.#reaper.wake();
    // Counting takes a scan: not after each slice of the reaper.
    if (outcome.wakesReaper || (commands === 0 && !this.#reaper.isAwake)) this.#countOrphans();
    if (commands > 0) this.#vacuum.noteWrite();
    this.#gauges.add('commits', 1);
    this.#gauges.add('commands', commands);
    this.#gauges.set('heartbeatMs', Date.now());
    this.#gauges.set('openFiles', this.openFiles.size);
    this.#noteCommit();
    this.locks.afterCommit();
    if (outcome.changes.length > 0) this.#host.onChanges(outcome.changes);
  }

  #countOrphans(): void {
    const orphans = this.#store.orphans.count();
    if (orphans === 0) this.openFiles.noteNothingKept();
    this.#gauges.set('orphans', orphans);
  }

  #noteCommit(): void {
    this.#gauges.set('commit', this.#runner.commit);
    this.#durable.noteCommit();
    this.#checkpoints.noteCommit();
    this.#durable.noteLog();
    this.#space.noteCommit();
  }

  /** After an error whose effect is unknown nothing more is written until the volume is reopened. */
  #fail(error: unknown): void {
    this.#failure =
      error instanceof VolumeError
        ? error
        : new VolumeError('ERR_WRITER_FAILED', `The writer stopped: ${describe(error)}.`, {
            cause: error,
            hint: 'Close the volume and open it again; what was acknowledged is there. Please report this.',
          });
    this.#gauges.set('failed', 1);
    this.locks.fail(this.#failure);
    this.#host.onFailed(this.#failure);
  }

  /** Whether a checkpoint is being made on a thread of its own. */
  get hasThreadBeside(): boolean {
    return this.#checkpoints.isBeside;
  }

  /** Whether `idle` has work to do. */
  get hasIdleWork(): boolean {
    if (this.#failure !== undefined) return false;
    return this.#reaper.isAwake || this.#checkpoints.wantsInline || this.#vacuum.wantsStep;
  }

  /** A bounded piece of work between batches. */
  idle(): void {
    this.#guarded(() => {
      if (this.#checkpoints.wantsInline) this.#checkpoints.runInline();
      else if (this.#reaper.isAwake) {
        const outcome = this.#reaper.step();
        if (outcome !== undefined) this.#committed(outcome, 0);
      } else if (this.#vacuum.wantsStep) this.#vacuum.step();
    });
  }

  /**
   * Errors of our own work: another process's lock and a full disk pass, and the work is tried again at
   * a later tick; anything else stops the writer.
   */
  #guarded(work: () => void): void {
    if (this.#failure !== undefined) return;
    try {
      work();
    } catch (error) {
      if (isRetryable(error) || isSqliteError(error, 'SQLITE_FULL')) {
        this.#reaper.rest();
        this.#sessions.repeat();
      } else this.#fail(translateSqliteError(error, this.#connection.path));
    } finally {
      this.#host.onSettled();
    }
  }

  /** A transaction of the writer's own; false when it is to be tried again later. */
  #runAlone(work: (ctx: LockContext) => void): boolean {
    let isDone = false;
    this.#guarded(() => {
      this.#committed(this.#runner.runAlone(work).outcome, 0);
      isDone = true;
    });
    return isDone;
  }

  #tick(): void {
    this.#gauges.set('heartbeatMs', Date.now());
    this.#guarded(() => {
      if (!this.#sessions.needsTick()) return;
      const hadOthers = this.#sessions.hasOthers;
      this.#runner.runAlone(() => this.#sessions.tick());
      this.#noteCommit();
      if (hadOthers || this.#store.orphans.count() > 0) this.#reaper.wake();
    });
    this.#gauges.set('otherSessions', this.#sessions.others);
    this.#guarded(() => this.locks.tick());
    this.#guarded(() => this.#checkpoints.tick());
    this.#guarded(() => this.#space.tick());
    this.#guarded(() => this.#vacuum.tick());
    this.#durable.noteLog();
    this.#guarded(() => this.#noticeRecords());
    if (this.#reaper.isResting) this.#reaper.wake();
    if (this.hasIdleWork) this.#host.onIdleWork();
  }

  /** Records that other processes have made. */
  #noticeRecords(): void {
    const { foreignCommits } = this.#runner;
    if (foreignCommits === this.#foreignSeen) return;
    this.#foreignSeen = foreignCommits;
    this.#records.load(this.#store.maintenance);
  }

  /**
   * Whether the inode exists, which the client holds open from now on. One that lost its last name since
   * the client looked it up is refused: other processes may have been told that it is not open here.
   */
  hold(client: number, ino: Ino): boolean {
    const inode = this.#store.inodes.get(ino);
    if (inode === undefined || (inode.nlink === 0 && !this.openFiles.isOpen(ino))) return false;
    this.openFiles.add(client, ino);
    this.#gauges.set('openFiles', this.openFiles.size);
    return true;
  }

  release(client: number, inos: readonly Ino[]): void {
    for (const ino of inos) {
      if (this.openFiles.remove(client, ino)) this.#reaper.wake();
    }
    this.#gauges.set('openFiles', this.openFiles.size);
  }

  disconnect(client: number): void {
    if (this.openFiles.removeClient(client)) this.#reaper.wake();
    this.locks.disconnect(client);
  }

  /** Number of this process's row in the table of sessions. */
  get session(): number {
    return this.#sessions.id;
  }

  /** Grows when other processes have committed. */
  get foreignCommits(): number {
    if (this.#failure !== undefined) throw this.#failure;
    return this.#runner.foreignCommits;
  }

  /** Resolves when everything acknowledged is on stable storage; undefined when it is. `alone`: nobody waits meanwhile. */
  sync(alone = false): Promise<void> | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    return this.#durable.sync({ alone });
  }

  checkpoint(mode: CheckpointMode): Promise<CheckpointResult> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return this.#checkpoints.request(mode);
  }

  /** Between two views of this process: lets a log that views have made long begin anew. */
  makeRoom(): void {
    this.#guarded(() => this.#checkpoints.makeRoom());
  }

  /** Gives back free pages, at most `pagesMax` of them and no more than takes a few milliseconds. */
  vacuum(pagesMax: number): VacuumSlice {
    if (this.#failure !== undefined) throw this.#failure;
    return guarded(this.#connection.path, () => {
      if (this.#vacuum.isPossible) return this.#vacuum.slice(pagesMax);
      throw noSlices(this.#connection.path);
    });
  }

  /** Has a reader thread begin its view between two commits; false when it was not there in time. */
  pin(cells: SharedArrayBuffer): boolean {
    return this.#standStill((pinned) => letPin(cells, pinned));
  }

  /** Keeps everybody from committing while another thread works; false when it was not done in time. */
  standStill(cells: SharedArrayBuffer, maxMs: number): boolean {
    return this.#standStill(({ commit }) => commit !== null && letWork(cells, commit, maxMs));
  }

  #standStill(work: (pinned: Pinned) => boolean): boolean {
    if (this.#failure !== undefined) throw this.#failure;
    return guarded(this.#connection.path, () => {
      const isDone = this.#runner.standStill(() => this.#sessions.touch(), work);
      this.#noteCommit();
      return isDone;
    });
  }

  /** Remembers what was done for the upkeep of the volume. Throws what the disk or a lock says. */
  record(entry: MaintenanceEntry): void {
    if (this.#failure !== undefined) throw this.#failure;
    guarded(this.#connection.path, () => {
      const { outcome } = this.#runner.runAlone(() => {
        this.#store.maintenance.insert(entry);
        if (entry.kind === 'check') clearUnclean(this.#connection);
      });
      this.#records.load(this.#store.maintenance);
      this.#committed(outcome, 0);
      this.#host.onSettled();
    });
  }

  /**
   * Runs a repair in a transaction of its own; what it throws undoes it. Foreign keys are off meanwhile:
   * rows that break them are put in order one kind after the other.
   */
  repair<T>(work: (ctx: OpContext) => T): T {
    if (this.#failure !== undefined) throw this.#failure;
    this.#gauges.set('busySinceMs', Date.now());
    try {
      this.#setRepairing(true);
      const { result, outcome } = this.#runner.runAlone(work);
      this.#reaper.wake();
      this.#committed(outcome, 0);
      return result;
    } catch (error) {
      if (error instanceof OutcomeUnknown) this.#fail(error);
      throw translateSqliteError(error, this.#connection.path);
    } finally {
      this.#host.onSettled();
      if (this.#connection.isOpen) this.#setRepairing(false);
      this.#gauges.set('busySinceMs', 0);
    }
  }

  /** Scratch tables of a repair may be bigger than memory should be. */
  #setRepairing(on: boolean): void {
    this.#connection.pragma(`temp_store = ${on ? 'FILE' : 'MEMORY'}`);
    this.#connection.pragma(`foreign_keys = ${on ? 0 : 1}`);
  }

  /**
   * Leaves, syncs, checkpoints, closes. The writer cannot be used afterwards. Throws when what was acknowledged
   * could not be synced, unless it had failed before: that has been told.
   */
  async close(): Promise<void> {
    clearInterval(this.#ticker);
    this.locks.close(this.#connection.path);
    const failedBefore = this.#failure !== undefined;
    try {
      await this.#checkpoints.close();
      await this.#durable.settle();
      const isSynced = this.#leave();
      if (!isSynced && !failedBefore && this.#owesSync) await this.#syncLast();
    } finally {
      await this.#durable.close();
      this.#connection.close();
    }
  }

  /** Whether everything is synced: with FULL the last commit syncs the log. */
  #leave(): boolean {
    let isSynced = false;
    this.#guarded(() =>
      commitLast(this.#connection, {
        commit: () => this.#runner.runLast(() => this.#sessions.leave()),
        committed: () => {
          isSynced = true;
        },
      }),
    );
    return isSynced;
  }

  /** Whether there is something that a clean close has yet to sync. */
  get #owesSync(): boolean {
    return this.#options.durability !== 'off' && this.#gauges.get('unsyncedCommits') > 0;
  }

  /** A full disk, or a lock of another process, has kept the last commit from syncing the log. */
  async #syncLast(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    await this.#durable.sync();
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
