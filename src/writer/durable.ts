/**
 * Durability of commits: when the log is synced. The levels are defined in docs/durability.md.
 *
 *   full      SQLite syncs the log in each COMMIT
 *   interval  a timer syncs it, started by the first commit since the last sync
 *   normal    checkpoints sync it
 *   off       nothing does, but an explicit barrier is real at every level
 */
import { VolumeError } from '../core/errors.js';
import type { ResolvedOptions } from '../core/options.js';
import type { Connection } from '../sqlite/connection.js';
import { WalBarrier } from '../sqlite/wal.js';
import type { Checkpoints } from './checkpoints.js';
import type { WriterGauges } from './gauges.js';

// The timer fires at half of the interval, so that the sync is done before the interval ends.
const TIMER_SHARE = 0.5;
const BARRIER_ATTEMPTS = 20;
const BARRIER_PAUSE_MS = 10;
export class Durable {
  readonly #connection: Connection;
  readonly #options: ResolvedOptions;
  readonly #gauges: WriterGauges;
  readonly #barrier: WalBarrier;
  readonly #checkpoints: Checkpoints;
  #timer: NodeJS.Timeout | undefined;
  #syncing: Promise<void> | undefined;
  #timedSyncError: unknown;

  constructor(
    connection: Connection,
    options: ResolvedOptions,
    gauges: WriterGauges,
    checkpoints: Checkpoints,
  ) {
    this.#checkpoints = checkpoints;
    this.#connection = connection;
    this.#options = options;
    this.#gauges = gauges;
    this.#barrier = new WalBarrier(connection.path);
  }

  /** Called after each commit. */
  noteCommit(): void {
    if (this.#options.durability !== 'full') this.#gauges.add('unsyncedCommits', 1);
    if (this.#options.durability === 'interval') this.#startTimer();
  }

  #startTimer(): void {
    if (this.#timer !== undefined) return;
    const delayMs = this.#options.syncIntervalMs * TIMER_SHARE;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.sync().catch((error: unknown) => {
        this.#timedSyncError = error;
      });
    }, delayMs);
    this.#timer.unref();
  }

  /** Error of the last timed sync, until an explicit one succeeds. */
  get timedSyncError(): unknown {
    return this.#timedSyncError;
  }

  /** Everything committed before the call is on stable storage when it resolves. */
  async sync(): Promise<void> {
    // One at a time: a sync that is under way may have begun before the newest commit.
    while (this.#syncing !== undefined) await this.#syncing;
    this.#syncing = this.#syncNow();
    try {
      await this.#syncing;
      this.#timedSyncError = undefined;
    } finally {
      this.#syncing = undefined;
    }
  }

  async #syncNow(): Promise<void> {
    const covered = this.#gauges.get('unsyncedCommits');
    try {
      if (this.#options.durability === 'off') await this.#syncUnsyncedDatabase();
      else await this.#barrier.sync();
    } catch (error) {
      throw new VolumeError(
        'ERR_IO',
        `The log of '${this.#connection.path}' could not be synced.`,
        {
          cause: error,
          path: this.#connection.path,
          hint: 'Check the disk. What was acknowledged since the last sync may not survive a power cut.',
        },
      );
    }
    this.#gauges.add('unsyncedCommits', -covered);
  }

  /**
   * With `off` earlier checkpoints wrote the database file without syncing it, and no descriptor of
   * that file may be opened beside SQLite's. So SQLite is made to sync it: a checkpoint that moves at
   * least one frame syncs the log first and the database file after.
   */
  async #syncUnsyncedDatabase(): Promise<void> {
    this.#connection.pragma('synchronous = FULL');
    try {
      for (let attempt = 0; attempt < BARRIER_ATTEMPTS; attempt += 1) {
        this.#connection.execute('UPDATE session SET beat_at = beat_at + 1');
        const result = await this.#checkpoints.request('full');
        if (!result.busy && result.checkpointedFrames === result.walFrames) return;
        await new Promise((resolve) => setTimeout(resolve, BARRIER_PAUSE_MS));
      }
    } finally {
      this.#connection.pragma('synchronous = OFF');
    }
    throw new Error('a reader kept the checkpoint from finishing');
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    while (this.#syncing !== undefined) await this.#syncing.catch(() => undefined);
    await this.#barrier.close();
  }
}
