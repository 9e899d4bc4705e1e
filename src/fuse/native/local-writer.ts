/**
 * The writer of the process that serves a mount on fuse-native, on the thread that serves: a way to
 * another thread and back takes longer than a commit. What comes in one turn of the event loop shares a
 * commit.
 *
 *   submit ──▶ queue ──end of the turn──▶ batch ──▶ committed ──(full: synced)──▶ settled
 *                 ▲                         │ another process has the lock
 *                 └──────── a pause ────────┘
 *
 * INVARIANT: nothing here waits on this thread: not for another process's lock, and not for the disk. So
 * the writer has a short patience with locks, and with `full` the log is synced after the commit, by a
 * thread of the system's pool, before anybody is answered.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { VolumeError } from '../../core/errors.js';
import { decodeFailure, isFailure } from '../../core/failure.js';
import type { Ino } from '../../core/ino.js';
import type { ResolvedOptions } from '../../core/options.js';
import type { Job } from '../../writer/batch.js';
import type { CommandArgs, CommandName, CommandResult } from '../../writer/commands.js';
import { WriterGauges } from '../../writer/gauges.js';
import { Writer } from '../../writer/writer.js';

/** There is one client, who holds what is open. */
const CLIENT = 1;
/** How long SQLite may wait for another process's lock, and how long others are answered then. */
const PATIENCE_MS = 2;
const BUSY_PAUSE_MS = 3;
const OPEN_PAUSE_MS = 20;
/** For removing what has no name any more, and the like. */
const IDLE_AFTER_MS = 10;

interface Waiting {
  readonly job: Job;
  readonly bytes: number;
  resolve(result: unknown): void;
  reject(reason: unknown): void;
}

export class LocalWriter {
  readonly #writer: Writer;
  readonly #options: ResolvedOptions;
  #queue: Waiting[] = [];
  #isScheduled = false;
  #idleTimer: NodeJS.Timeout | undefined;
  /** Since when another process has had the lock, 0 when none has. */
  #busySinceMs = 0;

  /** Waits for other processes as long as the option says. */
  static async open(path: string, options: ResolvedOptions): Promise<LocalWriter> {
    const untilMs = performance.now() + options.busyTimeoutMs;
    for (;;) {
      try {
        return new LocalWriter(path, options);
      } catch (error) {
        if (!isBusy(error) || performance.now() > untilMs) throw error;
        await pause(OPEN_PAUSE_MS);
      }
    }
  }

  private constructor(path: string, options: ResolvedOptions) {
    this.#options = options;
    const { durability } = options;
    const own: ResolvedOptions = {
      ...options,
      busyTimeoutMs: Math.min(PATIENCE_MS, options.busyTimeoutMs),
      durability: durability === 'full' ? 'normal' : durability,
    };
    this.#writer = new Writer(path, own, new WriterGauges(), {
      onCommitting: () => undefined,
      onChanges: () => undefined,
      onSettled: () => undefined,
      // Whoever asks from then on is told.
      onFailed: () => undefined,
      onIdleWork: () => this.#workLater(),
    });
    this.#writer.start();
  }

  /** Queues a command; resolves with its result after the commit. `data` must stay as it is until then. */
  submit<K extends CommandName>(
    name: K,
    args: CommandArgs<K>,
    data?: Buffer,
  ): Promise<CommandResult<K>> {
    return new Promise((resolve, reject) => {
      const steps = [{ name, args, data }];
      const job: Job = { client: CLIENT, steps, isTransaction: false, wantsResult: true };
      const settle = resolve as (result: unknown) => void;
      this.#queue.push({ job, bytes: data?.length ?? 0, resolve: settle, reject });
      this.#schedule();
    });
  }

  /** Whether the inode exists, which is held open from now on. */
  hold(ino: Ino): boolean {
    return this.#writer.hold(CLIENT, ino);
  }

  release(ino: Ino): void {
    this.#writer.release(CLIENT, [ino]);
    this.#workLater();
  }

  /** Resolves when everything acknowledged is on stable storage. */
  async sync(): Promise<void> {
    await this.#writer.sync();
  }

  /** Finishes what has been accepted, then closes. */
  async close(): Promise<void> {
    while (this.#queue.length > 0) {
      await pause(BUSY_PAUSE_MS);
    }
    clearTimeout(this.#idleTimer);
    await this.#writer.close();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#isScheduled = false;
    const batch = this.#gather();
    if (batch.length > 0 && !this.#runBatch(batch)) return;
    if (this.#queue.length > 0) this.#schedule();
    this.#workLater();
  }

  /** A bounded piece of work, after a while: what has piled up until then is done in one commit. */
  #workLater(): void {
    if (this.#idleTimer !== undefined || !this.#writer.hasIdleWork) return;
    this.#idleTimer = setTimeout(() => {
      this.#idleTimer = undefined;
      this.#writer.idle();
      this.#workLater();
    }, IDLE_AFTER_MS);
  }

  #gather(): Waiting[] {
    const { batchCommandsMax, batchBytesMax } = this.#options;
    let bytes = 0;
    const end = this.#queue.findIndex((waiting, index) => {
      bytes += waiting.bytes;
      return index > 0 && (index >= batchCommandsMax || bytes > batchBytesMax);
    });
    return this.#queue.splice(0, end < 0 ? this.#queue.length : end);
  }

  /** False when another process keeps it from being done now. */
  #runBatch(batch: readonly Waiting[]): boolean {
    const results = this.#writer.run(batch.map(({ job }) => job));
    if (isBusyResult(results[0]) && this.#mayWait()) {
      this.#queue.unshift(...batch);
      this.#isScheduled = true;
      setTimeout(() => this.#turn(), BUSY_PAUSE_MS);
      return false;
    }
    this.#busySinceMs = 0;
    // What the batch had no time for goes back to the front.
    this.#queue.unshift(...batch.slice(results.length));
    const done = batch.slice(0, results.length);
    if (this.#options.durability !== 'full') settle(done, results);
    else void this.#settleSynced(done, results);
    return true;
  }

  #mayWait(): boolean {
    const nowMs = performance.now();
    if (this.#busySinceMs === 0) this.#busySinceMs = nowMs;
    return nowMs - this.#busySinceMs < this.#options.busyTimeoutMs;
  }

  async #settleSynced(batch: readonly Waiting[], results: readonly unknown[]): Promise<void> {
    try {
      await this.#writer.sync();
    } catch (error) {
      for (const { reject } of batch) reject(error);
      return;
    }
    settle(batch, results);
  }
}

function settle(batch: readonly Waiting[], results: readonly unknown[]): void {
  for (const [index, { resolve, reject }] of batch.entries()) {
    const result = results[index];
    if (isFailure(result)) reject(decodeFailure(result));
    else resolve(result);
  }
}

function isBusyResult(result: unknown): boolean {
  return isFailure(result) && isBusy(decodeFailure(result));
}

function isBusy(error: unknown): boolean {
  return error instanceof VolumeError && error.code === 'ERR_VOLUME_BUSY';
}
