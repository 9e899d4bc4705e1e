/**
 * When the log is moved into the database file. Writer thread only.
 *
 * Half of the time of a saturated writer went into checkpoints (bench/, `writeFile` rows), so they run
 * on a thread of their own while the writer goes on. A log that is appended to all the time is never
 * quite moved, and only a log that is quite moved is written from its start again; so the writer does
 * the last bit itself:
 *
 *   log ≥ threshold          ──▶ background run, again while much is left
 *   little is left after it  ──▶ the writer finishes: a few milliseconds
 *   log ≥ LOG_LIMIT_FACTOR × ──▶ the writer does all of it, so that the log stays bounded
 */
import { fileURLToPath } from 'node:url';
import type { Piscina } from 'piscina';
import type { ResolvedOptions } from '../core/options.js';
import type { Connection } from '../sqlite/connection.js';
import { translateSqliteError } from '../sqlite/driver-errors.js';
import { type CheckpointMode, type CheckpointResult, checkpoint, walState } from '../sqlite/wal.js';
import { CheckpointLog } from './checkpoint-log.js';
import type { CheckpointTask } from './checkpoint-task.js';
import type { WriterGauges } from './gauges.js';

/** Longest a requested checkpoint waits for readers, in milliseconds; the writer stalls meanwhile. */
const REQUEST_BUSY_MS = 50;
/** Share of the threshold that the writer moves itself. */
const FINISH_SHARE = 0.25;
/** The log is never longer than this many thresholds, unless a reader keeps an old snapshot. */
const LOG_LIMIT_FACTOR = 3;
// After an attempt that a reader kept from finishing, the log must grow by this share of the threshold
// before the next.
const RETRY_SHARE = 0.25;
const THREAD_IDLE_MS = 30_000;

const TASK_ENTRY: string = fileURLToPath(new URL('./checkpoint-task.js', import.meta.url));

export class Checkpoints {
  readonly #connection: Connection;
  readonly #options: ResolvedOptions;
  readonly #gauges: WriterGauges;
  readonly #log: CheckpointLog;
  readonly #thresholdFrames: number;
  #threads: Piscina | undefined;
  #background: Promise<void> | undefined;
  /** Frames in the log when an attempt could not move all; 0 when the last one could. */
  #stuckAtFrames = 0;
  #wantsInline = false;

  constructor(connection: Connection, options: ResolvedOptions, gauges: WriterGauges) {
    this.#connection = connection;
    this.#options = options;
    this.#gauges = gauges;
    this.#log = new CheckpointLog(gauges, options.durability);
    const pageSizeBytes = Number(connection.pragma('page_size'));
    this.#thresholdFrames = Math.ceil(options.checkpointWalBytes / pageSizeBytes);
  }

  /** Looks at the log after a commit and starts what is due. */
  noteCommit(): void {
    const { frames, checkpointed } = walState(this.#connection);
    this.#gauges.set('walFrames', frames);
    this.#gauges.set('checkpointedFrames', checkpointed);
    if (frames < this.#stuckAtFrames) this.#stuckAtFrames = 0;
    if (frames < this.#thresholdFrames || checkpointed === frames || this.#isStuck(frames)) return;
    if (frames >= this.#thresholdFrames * LOG_LIMIT_FACTOR) this.#wantsInline = true;
    else if (this.#background === undefined) this.#startBackground();
  }

  #isStuck(frames: number): boolean {
    if (this.#stuckAtFrames === 0) return false;
    return frames < this.#stuckAtFrames + this.#thresholdFrames * RETRY_SHARE;
  }

  /** Whether the writer should call `runInline` between two batches. */
  get wantsInline(): boolean {
    return this.#wantsInline;
  }

  /** Moves what it can without waiting for anybody. */
  runInline(): void {
    this.#wantsInline = false;
    // Should it fail: not again before the log has grown.
    this.#stuckAtFrames = this.#gauges.get('walFrames');
    const result = this.#move('passive');
    this.#stuckAtFrames = result.checkpointedFrames < result.walFrames ? result.walFrames : 0;
  }

  #startBackground(): void {
    this.#background = this.#runBackground()
      // A checkpoint that fails has moved nothing that counts; the writer tries it itself, and an
      // error of the disk shows there.
      .catch(() => {
        this.#wantsInline = true;
      })
      .finally(() => {
        this.#background = undefined;
      });
  }

  async #runBackground(): Promise<void> {
    const { Piscina } = await import('piscina');
    this.#threads ??= new Piscina({
      filename: TASK_ENTRY,
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: THREAD_IDLE_MS,
      atomics: 'disabled',
    });
    const task: CheckpointTask = {
      path: this.#connection.path,
      synchronous: this.#options.durability === 'off' ? 'OFF' : 'NORMAL',
    };
    const run = this.#log.begin('passive');
    try {
      run.done((await this.#threads.run(task)) as CheckpointResult);
    } catch (error) {
      run.failed();
      throw error;
    }
    this.#decideAfter();
  }

  #decideAfter(): void {
    const { frames, checkpointed } = walState(this.#connection);
    if (frames < this.#thresholdFrames) return;
    // When much is left, the next commit starts another run.
    if (frames - checkpointed <= this.#thresholdFrames * FINISH_SHARE) this.#wantsInline = true;
  }

  #move(mode: CheckpointMode): CheckpointResult {
    const run = this.#log.begin(mode);
    try {
      const result = checkpoint(this.#connection, mode);
      run.done(result);
      return result;
    } catch (error) {
      run.failed();
      throw error;
    }
  }

  /** A checkpoint that somebody asked for. */
  async request(mode: CheckpointMode): Promise<CheckpointResult> {
    await this.#background;
    return this.requestNow(mode);
  }

  /** The same without waiting for the background run; then it may report `busy`. */
  requestNow(mode: CheckpointMode): CheckpointResult {
    try {
      if (mode !== 'passive') this.#connection.pragma(`busy_timeout = ${REQUEST_BUSY_MS}`);
      return this.#move(mode);
    } catch (error) {
      throw translateSqliteError(error, this.#connection.path);
    } finally {
      this.#connection.pragma(`busy_timeout = ${this.#options.busyTimeoutMs}`);
    }
  }

  async close(): Promise<void> {
    await this.#background;
    await this.#threads?.destroy();
  }
}
