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
 *   nothing written a while  ──▶ background run, then the file is cut off
 *
 * A reader with an old view keeps what is after it in the log. Nothing here waits for it: the log grows,
 * `walHeld…` says since when and who it is, and what was held is moved when the reader has gone.
 */
import type { Piscina } from 'piscina';
import { invariant } from '../core/errors.js';
import { failpoint } from '../core/failpoint.js';
import type { ResolvedOptions } from '../core/options.js';
import { programPath } from '../core/programs.js';
import type { Connection } from '../sqlite/connection.js';
import { isRetryable, translateSqliteError } from '../sqlite/driver-errors.js';
import { logReaders } from '../sqlite/log-readers.js';
import {
  type CheckpointMode,
  type CheckpointResult,
  checkpoint,
  walBytes,
  walState,
} from '../sqlite/wal.js';
import { CheckpointGauges } from './checkpoint-gauges.js';
import type { CheckpointTask, CheckpointTaskAnswer } from './checkpoint-task.js';
import type { WriterGauges } from './gauges.js';

/** Longest a requested checkpoint waits for readers, in milliseconds; the writer stalls meanwhile. */
const REQUEST_BUSY_MS = 50;
/** The same for one of our own in a quiet moment: a write that comes just then waits so long. */
const QUIET_BUSY_MS = 20;
/** Share of the threshold that the writer moves itself. */
const FINISH_SHARE = 0.25;
/** The log is never longer than this many thresholds, unless a reader keeps an old snapshot. */
const LOG_LIMIT_FACTOR = 3;
// After an attempt that a reader kept from finishing, the log must grow by this share of the threshold
// before the next.
const RETRY_SHARE = 0.25;
const THREAD_IDLE_MS = 30_000;
/** Without a commit for so long the moment is quiet. */
const QUIET_AFTER_MS = 2000;
/** A log file of up to this size is left alone in quiet moments: it will be needed again. */
const QUIET_KEEP_BYTES = 4 * 1024 * 1024;
/** An attempt in a quiet moment that a reader foiled is repeated after this, then after twice as long ... */
const QUIET_RETRY_MS = 2000;
/** ... and at the latest after this. */
const QUIET_RETRY_MAX_MS = 300_000;
/** How often to look again who holds the log. */
const LOOK_FOR_READERS_MS = 5000;

export class Checkpoints {
  readonly #connection: Connection;
  readonly #options: ResolvedOptions;
  readonly #gauges: CheckpointGauges;
  readonly #monotonicMs: () => number;
  readonly #thresholdFrames: number;
  #quietKeepBytes: number;
  #threads: Piscina | undefined;
  #background: Promise<void> | undefined;
  /** Frames in the log when an attempt could not move all; 0 when the last one could. */
  #stuckAtFrames = 0;
  #wantsInline = false;
  /** What the log looked like at the last tick, and since when it has not changed. */
  #seenFrames = -1;
  #quietSinceMs = 0;
  #quietRetryMs = 0;
  #quietNotBeforeMs = 0;
  #lookedForReadersMs = Number.NEGATIVE_INFINITY;

  constructor(
    connection: Connection,
    options: ResolvedOptions,
    gauges: WriterGauges,
    monotonicMs: () => number = () => performance.now(),
  ) {
    this.#connection = connection;
    this.#options = options;
    this.#gauges = new CheckpointGauges(gauges);
    this.#monotonicMs = monotonicMs;
    const pageSizeBytes = Number(connection.pragma('page_size'));
    this.#thresholdFrames = Math.ceil(options.checkpointWalBytes / pageSizeBytes);
    this.#quietKeepBytes = Math.min(QUIET_KEEP_BYTES, options.checkpointWalBytes);
    this.#limitFile();
  }

  /** What a reader has made the file grow is given back when the log is next written from its start. */
  #limitFile(): void {
    const limit = this.#options.checkpointWalBytes * LOG_LIMIT_FACTOR;
    const actual = this.#connection.pragma(`journal_size_limit = ${limit}`);
    invariant(actual === limit, `journal_size_limit reads back as set (${limit})`);
  }

  /** Looks at the log after a commit and starts what is due. */
  noteCommit(): void {
    const { frames, checkpointed } = walState(this.#connection);
    this.#gauges.state(frames, checkpointed);
    if (frames < this.#stuckAtFrames) this.#stuckAtFrames = 0;
    if (frames < this.#thresholdFrames || checkpointed === frames || this.#isStuck(frames)) return;
    if (frames >= this.#thresholdFrames * LOG_LIMIT_FACTOR) this.#wantsInline = true;
    else if (this.#background === undefined) this.#startBackground();
  }

  /** Whether one runs on its thread. */
  get isBeside(): boolean {
    return this.#background !== undefined;
  }

  #isStuck(frames: number): boolean {
    if (this.#stuckAtFrames === 0) return false;
    return frames < this.#stuckAtFrames + this.#thresholdFrames * RETRY_SHARE;
  }

  /** Whether the writer should call `runInline` between two batches. */
  get wantsInline(): boolean {
    return this.#wantsInline;
  }

  /** Whatever there is in the log is to be moved between two batches. */
  wantInline(): void {
    const { frames, checkpointed } = walState(this.#connection);
    if (checkpointed < frames && !this.#isStuck(frames)) this.#wantsInline = true;
  }

  /** In quiet moments a log file of up to this size is left alone. */
  keepAtLeast(bytes: number): void {
    this.#quietKeepBytes = Math.max(this.#quietKeepBytes, bytes);
  }

  /** Moves what it can without waiting for anybody. */
  runInline(): void {
    this.#wantsInline = false;
    // Should it fail: not again before the log has grown.
    this.#stuckAtFrames = walState(this.#connection).frames;
    const result = this.#run('passive');
    this.#stuckAtFrames = result.checkpointedFrames < result.walFrames ? result.walFrames : 0;
  }

  /** Runs a checkpoint on the writer's own connection, and tells of it. */
  #run(mode: CheckpointMode): CheckpointResult {
    const startedMs = performance.now();
    try {
      failpoint('checkpoint:begin');
      const result = checkpoint(this.#connection, mode);
      failpoint('checkpoint:end');
      // The writer appends nothing meanwhile: what is left, a reader keeps.
      const isHeld = result.busy || result.checkpointedFrames < result.walFrames;
      this.#gauges.done(mode, result, isHeld, performance.now() - startedMs);
      if (isHeld) this.#noteHold(result);
      else this.#release();
      return result;
    } catch (error) {
      this.#gauges.failed(mode, performance.now() - startedMs);
      throw error;
    }
  }

  #noteHold({ walFrames, checkpointedFrames }: CheckpointResult): void {
    const frames = walFrames - checkpointedFrames;
    this.#lookedForReadersMs = this.#monotonicMs();
    // With nothing left to move it is the log as a whole that cannot be written from its start.
    this.#gauges.held(frames > 0 ? frames : walFrames, this.#readerPid());
  }

  #readerPid(): number {
    const pids = logReaders(this.#connection.path);
    return pids.find((pid) => pid !== process.pid) ?? pids[0] ?? 0;
  }

  #release(): void {
    this.#gauges.free();
    this.#tryQuietlyAtOnce();
  }

  /** Once a second: looks for quiet moments, and whether who held the log has gone. */
  tick(): void {
    const nowMs = this.#monotonicMs();
    const { frames, checkpointed } = walState(this.#connection);
    this.#gauges.state(frames, checkpointed);
    if (frames !== this.#seenFrames) {
      this.#seenFrames = frames;
      this.#quietSinceMs = nowMs;
      this.#tryQuietlyAtOnce();
    }
    this.#lookForReaders(nowMs, frames, checkpointed);
    if (this.#background !== undefined || frames === 0) return;
    if (nowMs < Math.max(this.#quietSinceMs + QUIET_AFTER_MS, this.#quietNotBeforeMs)) return;
    if (walBytes(this.#connection.path) <= this.#quietKeepBytes) return;
    this.#backOff(nowMs);
    if (checkpointed < frames) this.#startBackground();
    else this.#truncate();
  }

  /** Unless an attempt succeeds: an idle volume is not kept busy by a reader that never ends. */
  #backOff(nowMs: number): void {
    this.#quietRetryMs = Math.min(QUIET_RETRY_MAX_MS, this.#quietRetryMs * 2 || QUIET_RETRY_MS);
    this.#quietNotBeforeMs = nowMs + this.#quietRetryMs;
  }

  #tryQuietlyAtOnce(): void {
    this.#quietRetryMs = 0;
    this.#quietNotBeforeMs = 0;
  }

  /** Cuts the file off, unless somebody reads from it. */
  #truncate(): void {
    this.#waitingAtMost(QUIET_BUSY_MS, () => {
      try {
        this.#run('truncate');
        this.#seenFrames = 0;
      } catch (error) {
        // Another process writes at this moment: then it is not quiet after all.
        if (!isRetryable(error)) throw error;
      }
    });
  }

  /** Keeps what is told of a hold up to date, and tries again when the reader has gone. */
  #lookForReaders(nowMs: number, frames: number, checkpointed: number): void {
    if (!this.#gauges.isHeld || nowMs - this.#lookedForReadersMs < LOOK_FOR_READERS_MS) return;
    this.#lookedForReadersMs = nowMs;
    const pid = this.#readerPid();
    if (frames === 0) this.#release();
    else if (pid !== 0) this.#gauges.held(frames - checkpointed || frames, pid);
    else {
      // Nobody reads, or nobody can be seen: a passive run costs nothing when it moves nothing.
      this.#stuckAtFrames = 0;
      this.#wantsInline = checkpointed < frames;
      if (!this.#wantsInline) this.#release();
    }
  }

  #startBackground(): void {
    this.#background = this.#runBackground()
      // A checkpoint that fails has moved nothing that counts; the writer tries it itself, and an
      // error of the disk shows there.
      .catch(() => {
        this.#gauges.failed('passive', 0);
        this.#wantsInline = true;
      })
      .finally(() => {
        this.#background = undefined;
      });
  }

  async #runBackground(): Promise<void> {
    const { Piscina } = await import('piscina');
    this.#threads ??= new Piscina({
      filename: programPath('writer/checkpoint-task'),
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: THREAD_IDLE_MS,
      atomics: 'disabled',
    });
    const task: CheckpointTask = {
      path: this.#connection.path,
      synchronous: this.#options.durability === 'off' ? 'OFF' : 'NORMAL',
    };
    const { result, durationMs } = (await this.#threads.run(task)) as CheckpointTaskAnswer;
    // What is left may have been appended meanwhile.
    this.#gauges.done('passive', result, result.busy, durationMs);
    this.#decideAfter(result);
  }

  #decideAfter({ walFrames }: CheckpointResult): void {
    const { frames, checkpointed } = walState(this.#connection);
    const left = frames - checkpointed;
    if (left === 0) this.#tryQuietlyAtOnce();
    // In a quiet moment nobody has appended: the writer finds out who is in the way.
    if (frames === walFrames && left > 0) this.#wantsInline = true;
    if (frames < this.#thresholdFrames) return;
    // When much is left, the next commit starts another run.
    if (left <= this.#thresholdFrames * FINISH_SHARE) this.#wantsInline = true;
  }

  /** A checkpoint that somebody asked for. */
  async request(mode: CheckpointMode): Promise<CheckpointResult> {
    await this.#background;
    return this.requestNow(mode);
  }

  /** The same without waiting for the background run; then it may report `busy`. */
  requestNow(mode: CheckpointMode): CheckpointResult {
    try {
      if (mode === 'passive') return this.#run(mode);
      return this.#waitingAtMost(REQUEST_BUSY_MS, () => this.#run(mode));
    } catch (error) {
      throw translateSqliteError(error, this.#connection.path);
    }
  }

  /**
   * Between two views of this process: when views have made the log longer than it should be, it is
   * moved and will be written from its start again. Readers that come and go without a pause would
   * otherwise keep it growing, however short each view is.
   */
  makeRoom(): void {
    if (!this.#gauges.isHeld) return;
    if (walState(this.#connection).frames < this.#thresholdFrames * LOG_LIMIT_FACTOR) return;
    this.requestNow('restart');
  }

  #waitingAtMost<T>(busyMs: number, work: () => T): T {
    this.#connection.pragma(`busy_timeout = ${busyMs}`);
    try {
      return work();
    } finally {
      this.#connection.pragma(`busy_timeout = ${this.#options.busyTimeoutMs}`);
    }
  }

  /** Resolves when no checkpoint runs beside the writer. */
  async settled(): Promise<void> {
    await this.#background;
  }

  async close(): Promise<void> {
    await this.settled();
    await this.#threads?.destroy();
  }
}
