/**
 * One batch: many commands in one transaction, each all-or-nothing by itself.
 *
 * The quick way runs without savepoints, because commands check before they change. When one fails
 * after a change, or SQLite fails, the batch is undone and repeated the careful way, with a savepoint
 * around each command. So isolation costs nothing until it is needed.
 *
 *   idle ──BEGIN IMMEDIATE──▶ running ──COMMIT──▶ idle          results stand
 *                                │ changed, then failed          ──ROLLBACK──▶ careful run
 *                                │ COMMIT: outcome unknown       ──▶ failed: no more writes, ever
 */
import type { AuthoredChange } from '../core/change.js';
import type { Clock, Timestamp } from '../core/clock.js';
import { Errno, errno } from '../core/errno.js';
import { BugError, VolumeError } from '../core/errors.js';
import { failpoint } from '../core/failpoint.js';
import { encodeFailure } from '../core/failure.js';
import type { Ino } from '../core/ino.js';
import type { LockParty } from '../ops/lock.js';
import type { Connection } from '../sqlite/connection.js';
import {
  isFull,
  isOutcomeUnknown,
  isRetryable,
  isSqliteError,
  toErrno,
  translateSqliteError,
} from '../sqlite/driver-errors.js';
import { walState } from '../sqlite/wal.js';
import type { Inode } from '../store/inode-table.js';
import { LATEST_INODES_MAX, type LatestInodes } from '../store/latest-inodes.js';
import type { Store } from '../store/store.js';
import { type Command, type CommandContext, onlyFrees, runCommand } from './commands.js';
import type { OpenFiles } from './open-files.js';
import type { Pinned } from './pin.js';

/** A command of a client, or several that stand or fall together. */
export interface Job {
  readonly client: number;
  readonly steps: readonly Command[];
  /** Whether the steps are a transaction, whose result is the list of theirs. */
  readonly isTransaction: boolean;
  /** Whether the client looks at the result of a success. */
  readonly wantsResult: boolean;
}

export interface BatchOutcome {
  /** One per job: its result, or a `Failure`. */
  readonly results: unknown[];
  readonly changes: AuthoredChange[];
  readonly wakesReaper: boolean;
}

/** A command changed something and then failed: the batch must be repeated with savepoints. */
class UncleanFailure extends Error {}

// Another process may hold the write lock; SQLite waits `busyTimeoutMs` each time.
const BEGIN_ATTEMPTS = 3;
// Another process commits between ours and the lock; then its commit has no number that we know.
const STANDSTILL_ATTEMPTS = 5;

export interface BatchEnvironment {
  readonly store: Store;
  readonly clock: Clock;
  readonly openFiles: OpenFiles;
  /** Whether another process may have inodes open that this one does not know of. */
  hasOtherSessions(): boolean;
  readonly locks: LockParty;
  /** Told of the inodes that commands publish. */
  readonly latest: LatestInodes;
  /** A commit of these changes is about to begin. */
  onCommitting(changes: readonly AuthoredChange[]): void;
  /** Looks after the room on the disk; see `SpaceGuard`. */
  readonly space?: { admit(onlyFrees: boolean): void; recover(): boolean };
  /** COMMIT has returned, after so long. */
  onCommitted(seconds: number): void;
}

export class BatchRunner {
  readonly #environment: BatchEnvironment;
  readonly #connection: Connection;
  #now: Timestamp = { sec: 0, nsec: 0 };
  #changes: AuthoredChange[] = [];
  #holds: { client: number; ino: Ino }[] = [];
  /** Inodes that were not open when they were deleted. */
  #deleted: Ino[] = [];
  /** Inodes that mounts will ask for next. */
  readonly #published = new Set<Ino>();
  #wakesReaper = false;
  #client = 0;
  #dataVersion: number | undefined;
  /** Writing statements before the transaction. */
  #writesBefore = 0;
  #foreignCommits = 0;
  /** Whether the open transaction only gives space back. */
  #onlyFrees = false;
  readonly #context: CommandContext;

  constructor(environment: BatchEnvironment) {
    this.#environment = environment;
    this.#connection = environment.store.connection;
    this.#context = this.#createContext();
  }

  #createContext(): CommandContext {
    const { store, openFiles, hasOtherSessions, locks } = this.#environment;
    const batch = this;
    return {
      store,
      get now(): Timestamp {
        return batch.#now;
      },
      mustKeep: (ino) => {
        const isKept =
          openFiles.keeps(ino) ||
          batch.#holds.some((hold) => hold.ino === ino) ||
          hasOtherSessions() ||
          locks.keeps(ino);
        if (!isKept) batch.#deleted.push(ino);
        return isKept;
      },
      emit: (change) => {
        batch.#changes.push({ change, author: batch.#client });
      },
      publish: (ino) => {
        if (batch.#published.size < LATEST_INODES_MAX) batch.#published.add(ino);
      },
      wakeReaper: () => {
        batch.#wakesReaper = true;
      },
      hold: (ino) => {
        batch.#holds.push({ client: batch.#client, ino });
      },
      get client(): number {
        return batch.#client;
      },
      locks,
    };
  }

  /**
   * Runs jobs in order and commits. When `timeMaxMs` has passed it commits what it has: there are as
   * many results as jobs that ran, at least one. Throws only when the writer must stop: the outcome of
   * the commit is unknown, or a rule of ours is broken.
   */
  run(jobs: readonly Job[], timeMaxMs: number = Number.POSITIVE_INFINITY): BatchOutcome {
    const untilMs = performance.now() + timeMaxMs;
    let results: unknown[] = [];
    this.#onlyFrees = jobs.every(frees);
    try {
      this.#attempt(() => {
        results = [];
        for (const job of jobs) {
          if (results.length > 0 && performance.now() > untilMs) break;
          results.push(this.#runQuickly(job));
          failpoint('batch:applied');
        }
      });
    } catch (error) {
      if (mustStop(error)) throw error;
      // Another connection has the write lock: waiting once more for each job would take for ever.
      if (isRetryable(error)) {
        const failure = encodeFailure(this.#translate(error));
        results = jobs.map(() => failure);
        this.#reset();
      }
      // One job, undone as a whole: there is nobody to protect from it.
      else if (jobs.length === 1 && isNoRoom(error)) results = this.#runEachAlone(jobs);
      else if (jobs.length === 1 && !(error instanceof UncleanFailure)) {
        results = [encodeFailure(this.#translate(error))];
        this.#reset();
      } else results = this.#runEachCarefully(jobs);
    }
    return this.#finish(results);
  }

  /** Runs `work` in a transaction of its own, for the reaper and other work of the writer. */
  runAlone<T>(work: (ctx: CommandContext) => T): { result: T; outcome: BatchOutcome } {
    this.#onlyFrees = true;
    const result = this.#attemptWithRoom(() => work(this.#context));
    return { result, outcome: this.#finish([]) };
  }

  /** The same for the last transaction before the volume is closed. */
  runLast(work: () => void): void {
    this.#onlyFrees = true;
    this.#attempt(work, true);
  }

  /** Number of the last commit of this process. */
  get commit(): number {
    return this.#environment.store.commits.last;
  }

  /**
   * Runs `work` while no process can commit; it is told the number of the last commit, and how long the
   * log is. `touch` changes something of no consequence: after commits of other processes it makes one
   * whose number is known. Throws SQLITE_BUSY when a process keeps the lock.
   */
  standStill<T>(touch: () => void, work: (pinned: Pinned) => T): T {
    const { commits } = this.#environment.store;
    for (let attempt = 1; ; attempt += 1) {
      // Within a transaction SQLite does not tell. When it is still the last commit after that, nothing
      // was appended in between.
      const { frames } = walState(this.#connection);
      this.#begin();
      try {
        if (commits.isLastOfAll) return work({ commit: commits.last, walFrames: frames });
        if (attempt === STANDSTILL_ATTEMPTS) return work({ commit: null, walFrames: null });
      } finally {
        this.#connection.statement<[], never>('ROLLBACK').run();
      }
      this.runAlone(touch);
    }
  }

  #attempt<T>(work: () => T, isLast = false): T {
    for (;;) {
      this.#reset();
      this.#begin();
      this.#writesBefore = this.#connection.writes;
      try {
        const result = work();
        if (this.#changes.length > 0) this.#environment.onCommitting(this.#changes);
        if (!this.#hasDeletedOpenFile()) {
          this.#commit(isLast);
          return result;
        }
      } catch (error) {
        this.#rollback();
        throw error;
      }
      this.#rollback();
    }
  }

  /** Somebody has opened what was about to go, and has not seen yet that it goes: see `hold-board.ts`. */
  #hasDeletedOpenFile(): boolean {
    return this.#deleted.some((ino) => this.#environment.openFiles.isOpen(ino));
  }

  #reset(): void {
    this.#changes = [];
    this.#holds = [];
    this.#deleted = [];
    this.#published.clear();
    this.#client = 0;
    this.#wakesReaper = false;
    this.#now = this.#environment.clock();
  }

  #finish(results: unknown[]): BatchOutcome {
    for (const { client, ino } of this.#holds) this.#environment.openFiles.add(client, ino);
    const outcome = { results, changes: this.#changes, wakesReaper: this.#wakesReaper };
    this.#changes = [];
    this.#holds = [];
    this.#wakesReaper = false;
    return outcome;
  }

  #begin(): void {
    const begin = this.#connection.statement<[], never>('BEGIN IMMEDIATE');
    for (let attempt = 1; ; attempt += 1) {
      try {
        begin.run();
        this.#noticeOtherCommits();
        return;
      } catch (error) {
        if (!isRetryable(error) || attempt === BEGIN_ATTEMPTS) throw error;
      }
    }
  }

  /** What is remembered of the tree does not outlive a commit of another process. */
  #noticeOtherCommits(): void {
    const row = this.#connection.statement<[], [number]>('PRAGMA data_version').get();
    if (row?.[0] === this.#dataVersion) return;
    this.#environment.store.paths?.clear();
    this.#environment.store.commits.expire();
    this.#environment.latest.expire();
    this.#dataVersion = row?.[0];
    this.#foreignCommits += 1;
  }

  /** Grows when other processes have committed; now and then without reason, after a checkpoint. */
  get foreignCommits(): number {
    this.#noticeOtherCommits();
    return this.#foreignCommits;
  }

  #commit(isLast: boolean): void {
    const { commits } = this.#environment.store;
    const isWriting = this.#connection.writes !== this.#writesBefore;
    if (isWriting) commits.take();
    if (isLast) commits.giveBack();
    if (isWriting) this.#environment.space?.admit(this.#onlyFrees);
    failpoint('batch:committing');
    const startedMs = performance.now();
    if (isWriting) this.#commitAndPublish();
    else this.#commitTransaction();
    failpoint('batch:committed');
    if (isWriting) {
      commits.settle();
      this.#environment.onCommitted((performance.now() - startedMs) / 1000);
    }
  }

  #commitTransaction(): void {
    try {
      this.#connection.statement<[], never>('COMMIT').run();
    } catch (error) {
      if (isOutcomeUnknown(error)) throw new OutcomeUnknown(this.#connection.path, error);
      throw error;
    }
  }

  /** Others see what was committed at once: from before that until it is told here nobody finds anything here. */
  #commitAndPublish(): void {
    const { latest } = this.#environment;
    const inodes = this.#publishedInodes();
    let committed: readonly Inode[] = [];
    latest.begin();
    try {
      this.#commitTransaction();
      committed = inodes;
    } finally {
      latest.end(committed);
    }
  }

  /** As they are now, before the commit; those that are gone are left out. */
  #publishedInodes(): Inode[] {
    const { inodes } = this.#environment.store;
    return [...this.#published].flatMap((ino) => inodes.get(ino) ?? []);
  }

  #rollback(): void {
    this.#environment.store.forget();
    if (this.#connection.inTransaction) this.#connection.statement<[], never>('ROLLBACK').run();
  }

  #runQuickly(job: Job): unknown {
    this.#client = job.client;
    // A transaction may fail at a later step, after the earlier ones changed something.
    if (job.steps.length > 1) return this.#runInSavepoint(job);
    const writesBefore = this.#connection.writes;
    try {
      return this.#runSteps(job);
    } catch (error) {
      if (!isAnswer(error)) throw error;
      if (this.#connection.writes !== writesBefore) throw new UncleanFailure();
      return encodeFailure(reasonOf(error), stepOf(error));
    }
  }

  #runSteps(job: Job): unknown {
    if (!job.isTransaction) return runCommand(this.#context, job.steps[0] as Command);
    return job.steps.map((step, index) => {
      try {
        return runCommand(this.#context, step);
      } catch (error) {
        throw isAnswer(error) ? new StepFailure(index, error) : error;
      }
    });
  }

  #runInSavepoint(job: Job): unknown {
    this.#client = job.client;
    const marks = { changes: this.#changes.length, holds: this.#holds.length };
    this.#connection.statement<[], never>('SAVEPOINT command').run();
    try {
      const result = this.#runSteps(job);
      this.#connection.statement<[], never>('RELEASE command').run();
      return result;
    } catch (error) {
      if (!isAnswer(error)) throw error;
      this.#connection.statement<[], never>('ROLLBACK TO command').run();
      this.#environment.store.forget();
      this.#connection.statement<[], never>('RELEASE command').run();
      this.#changes.length = marks.changes;
      this.#holds.length = marks.holds;
      return encodeFailure(reasonOf(error), stepOf(error));
    }
  }

  /** Savepoints first; when SQLite itself fails (a full disk), one transaction per job. */
  #runEachCarefully(jobs: readonly Job[]): unknown[] {
    try {
      return this.#attempt(() => jobs.map((job) => this.#runInSavepoint(job)));
    } catch (error) {
      if (mustStop(error)) throw error;
      return this.#runEachAlone(jobs);
    }
  }

  #runEachAlone(jobs: readonly Job[]): unknown[] {
    const changes: AuthoredChange[] = [];
    const holds: { client: number; ino: Ino }[] = [];
    let wakesReaper = false;
    const results = jobs.map((job) => {
      try {
        this.#onlyFrees = frees(job);
        const result = this.#attemptWithRoom(() => this.#runInSavepoint(job));
        changes.push(...this.#changes);
        holds.push(...this.#holds);
        wakesReaper ||= this.#wakesReaper;
        return result;
      } catch (error) {
        if (mustStop(error)) throw error;
        return encodeFailure(this.#translate(error));
      }
    });
    this.#changes = changes;
    this.#holds = holds;
    this.#wakesReaper = wakesReaper;
    return results;
  }

  /** Once more when the disk was full and room could be made. */
  #attemptWithRoom<T>(work: () => T): T {
    try {
      return this.#attempt(work);
    } catch (error) {
      if (!isNoRoom(error) || this.#environment.space?.recover() !== true) throw error;
      return this.#attempt(work);
    }
  }

  #translate(error: unknown): unknown {
    return toErrno(error) ?? translateSqliteError(error, this.#connection.path);
  }
}

/** The commit may or may not have happened; only opening the volume again can tell. */
export class OutcomeUnknown extends VolumeError {
  constructor(path: string, cause: unknown) {
    super('ERR_WRITER_FAILED', `It is unknown whether the last commit to '${path}' took effect.`, {
      cause,
      path,
      hint: 'Close the volume and open it again: what was acknowledged is there. Check the disk.',
    });
  }
}

/** An answer at one step of a transaction. */
class StepFailure extends Error {
  readonly step: number;
  readonly reason: unknown;

  constructor(step: number, reason: unknown) {
    super('a step of the transaction failed');
    this.step = step;
    this.reason = reason;
  }
}

/** SQLite has found the disk full, or the guard has refused to let it come to that. */
function isNoRoom(error: unknown): boolean {
  return isFull(error) || error === errno('ENOSPC');
}

function frees({ steps }: Job): boolean {
  return steps.every(onlyFrees);
}

function stepOf(error: unknown): number | undefined {
  return error instanceof StepFailure ? error.step : undefined;
}

function reasonOf(error: unknown): unknown {
  return error instanceof StepFailure ? error.reason : error;
}

/** Whether an error is a command's answer to its caller, rather than a failure of ours or below. */
function isAnswer(error: unknown): boolean {
  if (error instanceof OutcomeUnknown) return false;
  return error instanceof Errno || error instanceof VolumeError || error instanceof StepFailure;
}

function mustStop(error: unknown): boolean {
  if (error instanceof OutcomeUnknown || error instanceof BugError) return true;
  // What is neither an answer nor SQLite's is a bug of ours, and the state of memory unknown.
  return !isAnswer(error) && !isSqliteError(error) && !(error instanceof UncleanFailure);
}
