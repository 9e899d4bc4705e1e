/**
 * Backups by schedule: looks whether a rule is met, has a backup made, removes what is kept no longer.
 *
 *   waiting ──due──▶ running ──▶ waiting          a failure: waiting longer each time
 *      └──────────────┴──close()──▶ closed
 *
 * When the last backup was made is read from the directory and not remembered, so that sleep, restarts
 * and other processes with the same directory make no difference. INVARIANT: of one volume and one
 * directory at most one backup is under way, in all processes: the lock of the directory is held.
 */
import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ResolvedBackupSchedule } from '../../core/backup-options.js';
import { VolumeError } from '../../core/errors.js';
import { tryLockFile } from '../../sqlite/file-lock.js';
import { BackupDirectory, type OwnBackup } from './backup-directory.js';
import { earliestDueMs, isDue, lookAgainAfterMs, retryAfterMs, type Situation } from './due.js';
import { selectKept } from './select-kept.js';

/** What the schedule needs of time. */
export interface ScheduleClock {
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** Calls `then` after `ms`; returns the way to call it off. Does not keep the program going. */
  later(ms: number, then: () => void): () => void;
}

/** What is known of a backup that was made. */
export interface MadeBackup {
  readonly bytes: number;
  readonly commit: number | null;
  readonly durationMs: number;
}

export interface ScheduleSource {
  readonly volumePath: string;
  /** 32 hexadecimal digits. */
  readonly volumeId: string;
  readonly options: ResolvedBackupSchedule;
  /** Commands that the writer has done since it was started. */
  commands(): number;
  /** Number of the last commit. */
  commit(): number;
  /** Makes a verified backup with its manifest at `dest`, and records it. */
  backup(dest: string, options: { readonly signal: AbortSignal }): Promise<MadeBackup>;
  readonly clock?: ScheduleClock;
  /** From 0 to 1. */
  readonly random?: () => number;
}

export interface BackupScheduleState {
  /** A backup is being made. */
  readonly running: boolean;
  /** When the last good backup was taken, in milliseconds since 1970; null: none is known. */
  readonly lastOkMs: number | null;
  /** What went wrong last; stays when it goes well again. */
  readonly lastFailure: { readonly atMs: number; readonly message: string } | null;
  /** 0 when the last attempt went well. */
  readonly failuresInARow: number;
  /** When the next one may be made at the earliest, in milliseconds since 1970; null while one runs. */
  readonly nextAttemptMs: number | null;
}

export interface BackupSchedule {
  readonly state: BackupScheduleState;
  /** Ends it, and a backup that is under way; resolves when nothing is left of either. */
  close(): Promise<void>;
}

const SYSTEM_CLOCK: ScheduleClock = {
  nowMs: () => Date.now(),
  later: (ms, then) => {
    const timer = setTimeout(then, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** A backup by another process is waited for, in milliseconds. */
const LOCKED_RETRY_MS = 5000;
/** A backup that is dated more than this into the future was made with a wrong clock, in milliseconds. */
const CLOCK_TOLERANCE_MS = 60_000;

/** Starts the schedule. Throws ERR_OPTION_INVALID when the directory cannot be used. */
export function createSchedule(source: ScheduleSource): BackupSchedule {
  return new Schedule(source);
}

/** Makes the directory when it is missing, so that a wrong path is told when the volume is opened. */
export function prepareDirectory(dir: string): string {
  const path = resolve(dir);
  try {
    mkdirSync(path, { recursive: true });
    if (!statSync(path).isDirectory()) throw new Error('it is no directory');
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return path;
  } catch (cause) {
    throw new VolumeError(
      'ERR_OPTION_INVALID',
      `Backups cannot be put into '${path}': ${(cause as Error).message}.`,
      { cause, path, hint: 'Give a directory that this user may write as `backup.dir`.' },
    );
  }
}

class Schedule implements BackupSchedule {
  readonly #source: ScheduleSource;
  readonly #clock: ScheduleClock;
  readonly #random: () => number;
  readonly #directory: BackupDirectory;
  readonly #closing = new AbortController();
  #callOff: () => void = () => undefined;
  /** The look that is under way. */
  #looking: Promise<void> = Promise.resolve();
  #last: OwnBackup | undefined;
  /** The last backup that was made here, with the commands done before it. */
  #own: { readonly path: string; readonly commands: number } | undefined;
  #isRunning = false;
  #lastFailure: BackupScheduleState['lastFailure'] = null;
  #failuresInARow = 0;
  #nextAttemptMs: number;

  constructor(source: ScheduleSource) {
    const { options, volumePath, volumeId, clock = SYSTEM_CLOCK, random = Math.random } = source;
    this.#source = source;
    this.#clock = clock;
    this.#random = random;
    this.#directory = new BackupDirectory(prepareDirectory(options.dir), volumePath, volumeId);
    this.#nextAttemptMs = clock.nowMs();
    this.#lookAfter(0);
  }

  get state(): BackupScheduleState {
    return {
      running: this.#isRunning,
      lastOkMs: this.#last?.takenMs ?? null,
      lastFailure: this.#lastFailure,
      failuresInARow: this.#failuresInARow,
      nextAttemptMs: this.#isRunning ? null : this.#nextAttemptMs,
    };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#callOff();
    await this.#looking;
  }

  #lookAfter(ms: number): void {
    if (this.#closing.signal.aborted) return;
    this.#callOff = this.#clock.later(ms, () => {
      this.#looking = this.#look();
    });
  }

  /** Never throws. */
  async #look(): Promise<void> {
    let waitMs: number;
    try {
      waitMs = await this.#lookOnce();
    } catch (error) {
      waitMs = this.#failed(error);
    }
    this.#lookAfter(waitMs);
  }

  /** Makes a backup if one is due; how long to wait before the next look, in milliseconds. */
  async #lookOnce(): Promise<number> {
    const { rules } = this.#source.options;
    // Without a file being read, for as long as nothing is due.
    if (!this.#isPast(this.#last) || isDue(rules, this.#situation())) {
      await this.#findLast();
      if (isDue(rules, this.#situation())) {
        const isDone = await this.#backUp();
        if (!isDone) return this.#wait(LOCKED_RETRY_MS);
      }
    }
    const situation = this.#situation();
    this.#nextAttemptMs = earliestDueMs(rules, situation);
    return lookAgainAfterMs(rules, situation);
  }

  #wait(ms: number): number {
    this.#nextAttemptMs = this.#clock.nowMs() + ms;
    return ms;
  }

  #failed(error: unknown): number {
    // Closing takes a backup back; that is no failure.
    if (this.#closing.signal.aborted) return 0;
    this.#note(error);
    this.#failuresInARow += 1;
    return this.#wait(retryAfterMs(this.#failuresInARow, this.#random()));
  }

  #note(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#lastFailure = { atMs: this.#clock.nowMs(), message };
  }

  #situation(): Situation {
    return {
      nowMs: this.#clock.nowMs(),
      lastMs: this.#last?.takenMs,
      changes: this.#changesSince(this.#last),
    };
  }

  /** Exact for a backup made here; commits, which may hold many changes, for one made before. */
  #changesSince(last: OwnBackup | undefined): number {
    if (last === undefined || last.commit === null) return Number.POSITIVE_INFINITY;
    if (last.path === this.#own?.path) return this.#source.commands() - this.#own.commands;
    return Math.max(0, this.#source.commit() - last.commit);
  }

  /** Not one that was made before somebody set the clock back, or with a wrong one. */
  #isPast(backup: OwnBackup | undefined): backup is OwnBackup {
    return backup !== undefined && backup.takenMs <= this.#clock.nowMs() + CLOCK_TOLERANCE_MS;
  }

  async #findLast(): Promise<void> {
    prepareDirectory(this.#directory.path);
    const backups = await this.#directory.list();
    this.#last = backups.filter((backup) => this.#isPast(backup)).at(-1);
  }

  /** Whether it was done: not while another process makes one. */
  async #backUp(): Promise<boolean> {
    const { signal } = this.#closing;
    const lock = tryLockFile(this.#directory.lockPath);
    if (lock === undefined) return false;
    this.#isRunning = true;
    try {
      const commands = this.#source.commands();
      const path = this.#directory.pathFor(this.#clock.nowMs());
      await this.#source.backup(path, { signal });
      this.#own = { path, commands };
      await this.#findLast();
      if (this.#last?.path !== path) throw vanished(path);
      this.#failuresInARow = 0;
      await this.#removeOld();
      return true;
    } finally {
      this.#isRunning = false;
      lock.release();
    }
  }

  /** What cannot be removed now is tried again after the next backup. */
  async #removeOld(): Promise<void> {
    try {
      const backups = await this.#directory.list();
      const kept = selectKept(backups, this.#source.options.keep, this.#clock.nowMs());
      for (const backup of backups) {
        if (!kept.has(backup)) await this.#directory.remove(backup);
      }
      await this.#directory.clearLeftovers();
    } catch (error) {
      this.#note(error);
    }
  }
}

function vanished(path: string): VolumeError {
  return new VolumeError('ERR_IO', `The backup '${path}' was made and is not there.`, {
    path,
    hint: 'Look whether something else removes files from the directory of the backups.',
  });
}
