/**
 * Durability of commits: when the log is synced. The levels are defined in docs/durability.md.
 *
 *   full      SQLite syncs the log in each COMMIT
 *   interval  a timer syncs it, started by the first commit since the last sync
 *   normal    checkpoints sync it; so that those need not wait for all of it, it is synced in pieces beside the writer
 *   off       nothing does, but an explicit barrier is real at every level
 */
import { performance } from 'node:perf_hooks';
import { VolumeError } from '../core/errors.js';
import { failpoint } from '../core/failpoint.js';
import type { ResolvedOptions } from '../core/options.js';
import type { Connection } from '../sqlite/connection.js';
import { guarded } from '../sqlite/driver-errors.js';
import { WalBarrier, walState } from '../sqlite/wal.js';
import type { Checkpoints } from './checkpoints.js';
import type { WriterGauges } from './gauges.js';

// The timer fires at half of the interval, so that the sync is done before the interval ends.
const TIMER_SHARE = 0.5;
const BARRIER_ATTEMPTS = 20;
const BARRIER_PAUSE_MS = 10;
const FRAME_HEAD_BYTES = 24;
/** With `normal`, as much of the log is synced at once. */
const SYNC_PIECE_BYTES = 8 * 1024 * 1024;
/** Where a sync takes no longer, handing it to another thread and hearing of its end would take as long again. */
const SYNC_HERE_MS = 1;

export interface DurableEnvironment {
  readonly connection: Connection;
  readonly options: ResolvedOptions;
  readonly gauges: WriterGauges;
  readonly checkpoints: Checkpoints;
  /** Commits a change of no consequence, so that the log has a frame that nobody has synced yet. */
  touch(): void;
  /**
   * The disk refused a sync. What it had not written may be gone from its cache as well, so that a
   * later sync that succeeds proves nothing: the writer must stop.
   */
  onFailure(error: VolumeError): void;
}

/** What SQLite is told of the level. */
export function synchronousOf({ durability }: ResolvedOptions): 'OFF' | 'NORMAL' | 'FULL' {
  if (durability === 'full') return 'FULL';
  return durability === 'off' ? 'OFF' : 'NORMAL';
}

export class Durable {
  readonly #environment: DurableEnvironment;
  readonly #barrier: WalBarrier;
  readonly #frameBytes: number;
  /** Frames of the log that have been looked at. */
  #seenFrames = 0;
  /** What had been logged, in bytes, when the last piece was synced. */
  #piecesBytes = 0;
  /** How long the last sync took. */
  #lastSyncMs = Number.POSITIVE_INFINITY;
  /** `#foreignVersion` as the last sync found it. */
  #syncedVersion: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(environment: DurableEnvironment) {
    this.#environment = environment;
    this.#barrier = new WalBarrier(environment.connection.path);
    this.#frameBytes = FRAME_HEAD_BYTES + Number(environment.connection.pragma('page_size'));
  }

  /** Called after each commit. */
  noteCommit(): void {
    const { options, gauges } = this.#environment;
    if (options.durability !== 'full') gauges.add('unsyncedCommits', 1);
    if (options.durability === 'interval') this.#startTimer(options.syncIntervalMs * TIMER_SHARE);
  }

  /**
   * Called when it is known how long the log is, and how much of it has been moved: SQLite syncs the log
   * before it moves the first frame (D12), unless the level is `off`.
   */
  noteLog(): void {
    const { options, gauges } = this.#environment;
    const frames = gauges.get('walFrames');
    // A shorter log was begun anew.
    const added = frames < this.#seenFrames ? frames : frames - this.#seenFrames;
    this.#seenFrames = frames;
    gauges.add('loggedBytes', added * this.#frameBytes);
    if (options.durability === 'off') return;
    const isSynced = options.durability === 'full';
    const left = isSynced ? 0 : Math.max(0, frames - gauges.get('checkpointedFrames'));
    gauges.raise('syncedBytes', gauges.get('loggedBytes') - left * this.#frameBytes);
    if (options.durability === 'normal') this.#syncPiece(gauges.get('loggedBytes'));
  }

  /** A checkpoint that began with a sync of the whole log would keep commits waiting meanwhile. */
  #syncPiece(loggedBytes: number): void {
    if (this.#running !== undefined || loggedBytes - this.#piecesBytes < SYNC_PIECE_BYTES) return;
    this.#piecesBytes = loggedBytes;
    // An error has stopped the writer by then.
    this.sync()?.catch(() => undefined);
  }

  #startTimer(delayMs: number): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      // An error has stopped the writer by then; nobody waits for this one.
      this.sync()?.catch(() => undefined);
    }, delayMs);
    this.#timer.unref();
  }

  /**
   * Everything committed before the call is on stable storage when it resolves; undefined when it is already.
   * Who is `alone`, so that no command waits behind it, need not wait for another thread either.
   */
  sync({ alone = false }: { readonly alone?: boolean } = {}): Promise<void> | undefined {
    if (this.#isSynced()) return undefined;
    if (this.#running === undefined) {
      if (!alone || this.#lastSyncMs > SYNC_HERE_MS || !this.#hasLog) return this.#start();
      this.#syncHere();
      return undefined;
    }
    // The one under way may have begun before the newest commit: all who ask meanwhile share the next.
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.#start();
      });
    return this.#next;
  }

  /** Whether nobody has committed since the last sync. A log of before this opening counts as not synced. */
  #isSynced(): boolean {
    const { options, gauges } = this.#environment;
    if (options.durability === 'off' || gauges.get('unsyncedCommits') > 0) return false;
    return this.#syncedVersion === this.#foreignVersion();
  }

  /** Differs when somebody else has committed. */
  #foreignVersion(): number | undefined {
    const { connection } = this.#environment;
    return guarded(
      connection.path,
      () => connection.statement<[], [number]>('PRAGMA data_version').get()?.[0],
    );
  }

  /** With a rollback journal each commit has synced itself. */
  get #hasLog(): boolean {
    const { connection, options } = this.#environment;
    return options.durability !== 'off' && connection.pragma('journal_mode') === 'wal';
  }

  #start(): Promise<void> {
    this.#running = this.#syncNow().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #syncNow(): Promise<void> {
    const noteSynced = this.#begin();
    if (this.#environment.options.durability === 'off') await this.#syncUnsyncedDatabase();
    else if (this.#hasLog) await this.#barrier.sync().catch((cause: unknown) => this.#fail(cause));
    noteSynced();
  }

  #syncHere(): void {
    const noteSynced = this.#begin();
    try {
      this.#barrier.syncHere();
    } catch (cause) {
      this.#fail(cause);
    }
    noteSynced();
  }

  /** Gives what is to be called when what has been committed until now is synced. */
  #begin(): () => void {
    const { gauges } = this.#environment;
    const covered = gauges.get('unsyncedCommits');
    const loggedBytes = gauges.get('loggedBytes');
    const version = this.#foreignVersion();
    const startedMs = performance.now();
    failpoint('sync:begin');
    return () => {
      failpoint('sync:end');
      this.#lastSyncMs = performance.now() - startedMs;
      this.#syncedVersion = version;
      gauges.meters.observe('syncSeconds', this.#lastSyncMs / 1000);
      gauges.add('unsyncedCommits', -covered);
      gauges.raise('syncedBytes', loggedBytes);
    };
  }

  #fail(cause: unknown): never {
    const { path } = this.#environment.connection;
    const error = new VolumeError('ERR_IO', `The log of '${path}' could not be synced.`, {
      cause,
      path,
      hint: 'Check the disk, then open the volume again. What was acknowledged since the last sync may not survive a power cut.',
    });
    this.#environment.onFailure(error);
    throw error;
  }

  /**
   * With `off` earlier checkpoints wrote the database file without syncing it, and no descriptor of
   * that file may be opened beside SQLite's. So SQLite is made to sync it: a checkpoint that moves at
   * least one frame syncs the log first and the database file after. One beside the writer syncs
   * nothing: it must not have moved that frame before, so nothing waits between the two.
   */
  async #syncUnsyncedDatabase(): Promise<void> {
    const { connection, checkpoints, touch } = this.#environment;
    connection.pragma('synchronous = FULL');
    try {
      for (let attempt = 0; attempt < BARRIER_ATTEMPTS; attempt += 1) {
        await checkpoints.settled();
        touch();
        const { frames, checkpointed } = walState(connection);
        // During a bulk load there is no log: that commit has synced the database itself.
        if (frames === 0) return;
        const result = checkpoints.requestNow('full');
        const movedAll = !result.busy && result.checkpointedFrames === result.walFrames;
        if (movedAll && checkpointed < frames) return;
        await new Promise((resolve) => setTimeout(resolve, BARRIER_PAUSE_MS));
      }
    } finally {
      connection.pragma('synchronous = OFF');
    }
    const { path } = connection;
    throw new VolumeError('ERR_VOLUME_BUSY', `A reader kept '${path}' from being synced.`, {
      path,
      hint: 'End long reads (streams, snapshots, other processes) and try again.',
    });
  }

  /** Waits for a sync under way, and begins none by itself any more. */
  async settle(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#next?.catch(() => undefined);
    await this.#running?.catch(() => undefined);
  }

  /** The connection closes after it. */
  close(): Promise<void> {
    return this.#barrier.close();
  }
}
