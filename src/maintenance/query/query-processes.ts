/**
 * The processes of a volume that run queries: none at rest, up to a number under load, each with one query
 * at a time. Queries beyond that wait in order.
 *
 * INVARIANT: a query has a slot from its admission to its end, and there are `processesMax` slots. A slot
 * that becomes free goes to the query that has waited longest, without passing through "free".
 */
import { AbortError } from '../../core/abort.js';
import { VolumeError } from '../../core/errors.js';
import type { QueryRequest } from './protocol.js';
import { type QueryAnswer, QueryProcess } from './query-process.js';

export interface QueryProcessesOptions {
  /** Most processes at once. */
  readonly processesMax: number;
  /** Longest a query waits for one, in milliseconds; then ERR_READERS_EXHAUSTED. */
  readonly acquireTimeoutMs: number;
}

export interface QueryProcessesState {
  /** Queries that run. */
  readonly running: number;
  /** Queries that wait for a process. */
  readonly waiting: number;
  /** Age of the oldest that runs, in milliseconds; its view keeps the log from being reused. */
  readonly oldestMs: number;
}

/** A query from its call to its end, with the way to give it up. */
interface Job {
  startedMs: number;
  giveUp: (reason: unknown) => void;
}

/** A process that has nothing to do ends after this time, in milliseconds. */
const IDLE_END_MS = 10_000;
const WAITING_MAX = 1000;

export class QueryProcesses {
  readonly #options: QueryProcessesOptions;
  /** Queries with a slot, the oldest first. */
  readonly #running = new Set<Job>();
  readonly #waiting = new Map<Job, () => void>();
  readonly #idle = new Map<QueryProcess, NodeJS.Timeout>();
  readonly #alive = new Set<QueryProcess>();
  #closed: VolumeError | undefined;

  constructor(options: QueryProcessesOptions) {
    this.#options = options;
  }

  get state(): QueryProcessesState {
    const [oldest] = this.#running;
    return {
      running: this.#running.size,
      waiting: this.#waiting.size,
      oldestMs: oldest === undefined ? 0 : performance.now() - oldest.startedMs,
    };
  }

  /** Runs a query; an abort or its time limit ends the process that works on it. */
  async run(request: QueryRequest, signal?: AbortSignal): Promise<QueryAnswer> {
    if (this.#closed !== undefined) throw this.#closed;
    if (signal?.aborted) throw new AbortError(signal.reason);
    const job: Job = { startedMs: 0, giveUp: () => undefined };
    const onAbort = (): void => job.giveUp(new AbortError(signal?.reason));
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      await this.#admission(job);
      return await this.#runAdmitted(job, request);
    } finally {
      signal?.removeEventListener('abort', onAbort);
      this.#leave(job);
    }
  }

  async #admission(job: Job): Promise<void> {
    const { processesMax, acquireTimeoutMs } = this.#options;
    if (this.#running.size < processesMax) {
      this.#admit(job);
      return;
    }
    if (this.#waiting.size >= WAITING_MAX) throw exhausted(acquireTimeoutMs);
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#waiting.set(job, resolve);
        job.giveUp = reject;
        timer = setTimeout(() => reject(exhausted(acquireTimeoutMs)), acquireTimeoutMs);
      });
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(job);
    }
  }

  #admit(job: Job): void {
    job.startedMs = performance.now();
    // An abort between the admission and the start of the process finds this.
    job.giveUp = (reason) => {
      job.giveUp = () => undefined;
      this.#givenUp.set(job, reason);
    };
    this.#running.add(job);
  }

  /** Jobs that were given up before they had a process. */
  readonly #givenUp = new WeakMap<Job, unknown>();

  #leave(job: Job): void {
    if (!this.#running.delete(job)) return;
    const [next] = this.#waiting;
    if (next === undefined) return;
    const [waiting, resolve] = next;
    this.#waiting.delete(waiting);
    this.#admit(waiting);
    resolve();
  }

  async #runAdmitted(job: Job, request: QueryRequest): Promise<QueryAnswer> {
    if (this.#givenUp.has(job)) throw this.#givenUp.get(job);
    const process = this.#take();
    job.giveUp = (reason) => void process.end(reason);
    try {
      await process.ready;
      return await limited(process, request);
    } finally {
      this.#rest(process);
    }
  }

  #take(): QueryProcess {
    for (const [process, timer] of this.#idle) {
      clearTimeout(timer);
      this.#idle.delete(process);
      if (!process.hasEnded) return process;
    }
    const process = new QueryProcess();
    this.#alive.add(process);
    process.ended.then(() => {
      this.#alive.delete(process);
      clearTimeout(this.#idle.get(process));
      this.#idle.delete(process);
    });
    return process;
  }

  /** Keeps a process for the next query, for a while. */
  #rest(process: QueryProcess): void {
    if (process.isEnding || this.#closed !== undefined) return;
    const timer = setTimeout(() => void process.end(), IDLE_END_MS);
    timer.unref();
    this.#idle.set(process, timer);
  }

  /** Ends all queries with `reason`; resolves when no process is left. */
  async close(reason: VolumeError): Promise<void> {
    this.#closed ??= reason;
    for (const job of [...this.#waiting.keys(), ...this.#running]) job.giveUp(reason);
    await Promise.all([...this.#alive].map((process) => process.end(reason)));
  }
}

function exhausted(timeoutMs: number): VolumeError {
  return new VolumeError(
    'ERR_READERS_EXHAUSTED',
    `All processes for queries were busy for ${timeoutMs} ms.`,
    { hint: 'Ask less at once, or raise `readerThreadsMax`.' },
  );
}

/** The query within its time limit, which counts from when the process has it. */
async function limited(process: QueryProcess, request: QueryRequest): Promise<QueryAnswer> {
  const { timeoutMs } = request;
  const onTimeout = (): void => {
    // An answer that has arrived while this program did something else is not too late.
    setImmediate(() => {
      if (isAnswered) return;
      void process.end(
        new VolumeError('ERR_QUERY_TIMEOUT', `The query took longer than ${timeoutMs} ms.`, {
          hint: 'Ask for less, or raise `timeoutMs`; EXPLAIN QUERY PLAN shows what it does.',
        }),
      );
    });
  };
  let isAnswered = false;
  const timer = setTimeout(onTimeout, timeoutMs);
  try {
    return await process.run(request);
  } finally {
    isAnswered = true;
    clearTimeout(timer);
  }
}
