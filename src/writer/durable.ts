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
import { hasLog, WalBarrier, walState } from '../sqlite/wal.js';
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
/** No more is synced like that: how long it takes depends on how much there is. */
const SYNC_HERE_BYTES = 256 * 1024;

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
  /** Commits of this opening that do not sync themselves, and how many of them are synced. */
  #committed = 0;
  #synced = 0;
  /** Why a sync failed; there is none after it. */
  #failure: VolumeError | undefined;
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
    const { options } = this.#environment;
    if (options.durability !== 'full') this.#noteUnsynced(this.#committed + 1, this.#synced);
    if (options.durability === 'interval') this.#startTimer(options.syncIntervalMs * TIMER_SHARE);
  }

  #noteUnsynced(committed: number, synced: number): void {
    this.#committed = committed;
    this.#synced = synced;
    this.#environment.gauges.set('unsyncedCommits', committed - synced);
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
    this.#syncUnasked();
  }

  #startTimer(delayMs: number): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#syncUnasked();
    }, delayMs);
    this.#timer.unref();
  }

  /** Nobody waits for this one; an error of the disk has stopped the writer. */
  #syncUnasked(): void {
    if (this.#failure === undefined) this.sync()?.catch(() => undefined);
  }

  /**
   * Everything committed before the call is on stable storage when it resolves; undefined when it is already.
   * Who is `alone`, so that no command waits behind it, need not wait for another thread either.
   * Throws what stopped the writer, if a sync has.
   */
  sync({ alone = false }: { readonly alone?: boolean } = {}): Promise<void> | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#isSynced()) return undefined;
    // The one under way may have begun before the newest commit: all who ask meanwhile share the next.
    if (this.#next !== undefined) return this.#next;
    if (this.#running !== undefined) return this.#queueNext(this.#running);
    if (!alone || !this.#isQuick()) return this.#start();
    this.#syncHere();
    return undefined;
  }

  /** Whether nobody has committed since the last sync. A log of before this opening counts as not synced. */
  #isSynced(): boolean {
    const { options, gauges } = this.#environment;
    if (options.durability === 'off' || this.#committed > this.#synced) return false;
    const version = this.#foreignVersion();
    if (version === undefined || version !== this.#syncedVersion) return false;
    gauges.raise('syncedBytes', gauges.get('loggedBytes'));
    return true;
  }

  /** Differs when somebody else has committed; undefined, which is never the same, when SQLite cannot tell. */
  #foreignVersion(): number | undefined {
    const { connection } = this.#environment;
    try {
      return connection.dataVersion;
    } catch {
      // The log is synced then, for which nothing has to be read.
      return undefined;
    }
  }

  /** Whether a sync takes no longer than handing it to another thread, as far as one can know. */
  #isQuick(): boolean {
    const { options, gauges } = this.#environment;
    if (options.durability === 'off' || this.#lastSyncMs > SYNC_HERE_MS) return false;
    const unsyncedBytes = gauges.get('loggedBytes') - gauges.get('syncedBytes');
    return unsyncedBytes <= SYNC_HERE_BYTES && this.#hasLog();
  }

  /** With a rollback journal each commit has synced itself. */
  #hasLog(): boolean {
    const { connection } = this.#environment;
    return guarded(connection.path, () => hasLog(connection));
  }

  #queueNext(running: Promise<void>): Promise<void> {
    this.#next = running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.#start();
      });
    return this.#next;
  }

  #start(): Promise<void> {
    this.#running = this.#syncBeside().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #syncBeside(): Promise<void> {
    const noteSynced = this.#begin();
    if (this.#environment.options.durability === 'off') await this.#syncUnsyncedDatabase();
    else if (this.#hasLog())
      await this.#barrier.sync().catch((cause: unknown) => this.#fail(cause));
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

  /**
   * Gives what is to be called when what has been committed until now is synced. Not after a sync that failed: Linux
   * tells each descriptor of an error once, so the next one would succeed and prove nothing.
   */
  #begin(): () => void {
    if (this.#failure !== undefined) throw this.#failure;
    const { gauges } = this.#environment;
    const committed = this.#committed;
    const loggedBytes = gauges.get('loggedBytes');
    const version = this.#foreignVersion();
    const startedMs = performance.now();
    failpoint('sync:begin');
    return () => {
      failpoint('sync:end');
      this.#lastSyncMs = performance.now() - startedMs;
      this.#syncedVersion = version;
      this.#noteUnsynced(this.#committed, committed);
      gauges.meters.observe('syncSeconds', this.#lastSyncMs / 1000);
      gauges.raise('syncedBytes', loggedBytes);
    };
  }

  #fail(cause: unknown): never {
    const { path } = this.#environment.connection;
    this.#failure = new VolumeError('ERR_IO', `The log of '${path}' could not be synced.`, {
      cause,
      path,
      hint: 'Check the disk, then open the volume again. What was acknowledged since the last sync may not survive a power cut.',
    });
    this.#environment.onFailure(this.#failure);
    throw this.#failure;
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
