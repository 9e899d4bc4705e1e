/**
 * Threads for long reads: checks, scans, verification. The event loop stays free however long they
 * take, and no connection of the pool is held.
 *
 * The threads start with the first task and end when they have idled; a task is a module whose default
 * export takes a `TaskRequest`. Tasks beyond the number of threads wait in order.
 */
import { Piscina } from 'piscina';
import type { VolumeError } from '../core/errors.js';
import type { ResolvedOptions } from '../core/options.js';
import { ThreadSlot } from '../core/thread-slot.js';
import { CacheShare } from './cache-share.js';
import { RunningTask, type TaskOptions } from './running-task.js';
import type { TaskRequest } from './task.js';

type ThreadOptions = Pick<ResolvedOptions, 'readerThreadsMax' | 'memoryBudgetBytes'>;

export interface ThreadsState {
  /** Tasks that run or wait for a thread. */
  readonly tasks: number;
  /** Age of the oldest, in milliseconds; its snapshot may keep the log from being reused. */
  readonly oldestTaskMs: number;
}

const IDLE_END_MS = 10_000;
// Beside the writer's half and the pool's: a task is rare and gives its memory back.
const CACHE_SHARE = 0.125;
const CACHE_BYTES_MAX = 16 * 1024 * 1024;

export class ReaderThreads {
  readonly #threadsMax: number;
  readonly #share: CacheShare;
  readonly #slot: ThreadSlot;
  readonly #running = new Set<RunningTask<unknown, never>>();
  readonly #settling = new Set<Promise<unknown>>();
  #host: Piscina | undefined;
  #closed: VolumeError | undefined;

  /**
   * `share` divides the memory with other threads; without it this one has all of it. `slot` is where
   * other threads are told of the tasks.
   */
  constructor(
    options: ThreadOptions,
    share: CacheShare = new CacheShare(options),
    slot: ThreadSlot = new ThreadSlot(),
  ) {
    this.#slot = slot;
    this.#threadsMax = options.readerThreadsMax;
    this.#share = share;
  }

  /** Page cache of the connection of one task that starts now, in bytes. */
  get cacheBytes(): number {
    return Math.min(CACHE_BYTES_MAX, this.#share.bytesOf(CACHE_SHARE));
  }

  /**
   * Runs the task whose module is the file `entry`. An abort, or an error thrown by `onProgress`,
   * rejects at once; the thread is free again after its current statement.
   */
  async run<Input, Output, Progress = never>(
    entry: string,
    input: Input,
    options: TaskOptions<Progress> = {},
  ): Promise<Output> {
    if (this.#closed !== undefined) throw this.#closed;
    const task = new RunningTask<Output, Progress>(options);
    const request: TaskRequest<Input> = { input, ...task.wire };
    const answer: Promise<unknown> = this.#threads().run(request, {
      filename: entry,
      transferList: [task.wire.port],
    });
    return this.follow(task, answer);
  }

  /**
   * Waits for a task, one of ours or one that the writer runs, whose answer `answer` will be. Closing
   * ends it.
   */
  follow<Output, Progress>(
    task: RunningTask<Output, Progress>,
    answer: Promise<unknown>,
  ): Promise<Output> {
    const known = task as unknown as RunningTask<unknown, never>;
    this.#running.add(known);
    this.#settling.add(answer);
    this.#publish();
    const forget = (): void => {
      this.#running.delete(known);
      this.#settling.delete(answer);
      this.#publish();
    };
    answer.then(forget, forget);
    return task.result(answer);
  }

  #threads(): Piscina {
    this.#host ??= new Piscina({
      minThreads: 0,
      maxThreads: this.#threadsMax,
      idleTimeout: IDLE_END_MS,
      // A parked worker would keep a task's port from being closed.
      atomics: 'disabled',
    });
    return this.#host;
  }

  #publish(): void {
    const { tasks, oldestTaskMs } = this.state;
    this.#slot.set('tasks', tasks);
    this.#slot.set('taskSinceMs', tasks === 0 ? 0 : Date.now() - oldestTaskMs);
  }

  get state(): ThreadsState {
    const [oldest] = this.#running;
    return {
      tasks: this.#running.size,
      oldestTaskMs: oldest === undefined ? 0 : performance.now() - oldest.startedMs,
    };
  }

  /** Ends all tasks with `reason`; resolves when no thread works any more. */
  async close(reason: VolumeError): Promise<void> {
    this.#closed ??= reason;
    for (const task of this.#running) task.cancel(this.#closed);
    await Promise.allSettled(this.#settling);
    await this.#host?.destroy();
  }
}
