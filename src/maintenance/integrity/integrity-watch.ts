/**
 * Checks a volume by itself: soon after it was opened when it had not been closed cleanly, and by
 * schedule. Each check runs on a reader thread at a part of one core, never two at once, and nobody
 * waits for it, the opening least of all.
 *
 * What is due is decided by what the volume remembers, not by this process: so a schedule goes on over
 * restarts, several processes share one, and a volume that was opened only for a moment after a crash is
 * checked by the next who keeps it open.
 */
import type { ResolvedOptions } from '../../core/options.js';
import type { MaintenanceRecord } from '../../store/maintenance-table.js';
import type { CheckCause } from './record-check.js';

export interface IntegritySource {
  readonly options: ResolvedOptions['integrity'];
  /** Runs a check, throttled, and records it. */
  check(content: boolean, by: CheckCause, signal: AbortSignal): Promise<unknown>;
  /** Records of checks, newest first. */
  checks(): readonly MaintenanceRecord[];
  /** When the volume was found not to have been closed cleanly, unless it has been checked since. */
  uncleanSinceMs(): number | undefined;
}

export interface IntegrityState {
  /** The check that runs now. */
  readonly running: CheckCause | null;
  /** When the next one is due, in milliseconds since 1970; null when none is. */
  readonly nextMs: number | null;
  /** Why the last one could not be made; null when it could. */
  readonly failure: string | null;
}

/** Opening is often followed by work that matters more. */
const FIRST_AFTER_MS = 2000;
/** A check that could not be made is tried again after this, then after twice as long ... */
const RETRY_MS = 60_000;
/** ... and at the latest after this. */
const RETRY_MAX_MS = 86_400_000;
/** setTimeout fires at once for a longer delay. */
const TIMER_MAX_MS = 2 ** 31 - 1;
const MS_PER_S = 1000;

interface Due {
  readonly atMs: number;
  readonly by: CheckCause;
}

export class IntegrityWatch {
  readonly #source: IntegritySource;
  readonly #end = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: CheckCause | null = null;
  #nextMs: number | null = null;
  #failure: string | null = null;
  #retryMs = 0;
  #notBeforeMs: number = Date.now() + FIRST_AFTER_MS;

  constructor(source: IntegritySource) {
    this.#source = source;
    // A volume whose records cannot be read is opened all the same.
    this.#replan();
  }

  get state(): IntegrityState {
    return { running: this.#running, nextMs: this.#nextMs, failure: this.#failure };
  }

  #plan(): void {
    if (this.#end.signal.aborted) return;
    const due = this.#due();
    this.#nextMs = due === undefined ? null : Math.max(due.atMs, this.#notBeforeMs);
    if (this.#nextMs === null) return;
    const delayMs = Math.min(TIMER_MAX_MS, Math.max(0, this.#nextMs - Date.now()));
    this.#timer = setTimeout(() => void this.#wake(), delayMs);
    // A check that is due does not keep a program from ending.
    this.#timer.unref();
  }

  /** The next check; undefined when there is none to come. */
  #due(): Due | undefined {
    const { options } = this.#source;
    const uncleanMs = options.quickAfterCrash ? this.#source.uncleanSinceMs() : undefined;
    if (uncleanMs !== undefined) return { atMs: uncleanMs, by: 'crash' };
    if (options.everySeconds === 0) return undefined;
    const last = this.#source.checks().find(({ detail }) => isWhole(detail, options.content));
    const everyMs = options.everySeconds * MS_PER_S;
    return { atMs: last === undefined ? 0 : last.endedMs + everyMs, by: 'schedule' };
  }

  async #wake(): Promise<void> {
    try {
      // Another process may have been faster; and a timer has a longest delay.
      const due = this.#due();
      if (due !== undefined && due.atMs <= Date.now()) await this.#run(due.by);
      this.#failure = null;
      this.#retryMs = 0;
    } catch (error) {
      this.#failure = error instanceof Error ? error.message : String(error);
      this.#retryMs = Math.min(RETRY_MAX_MS, this.#retryMs * 2 || RETRY_MS);
      this.#notBeforeMs = Date.now() + this.#retryMs;
    }
    this.#replan();
  }

  async #run(by: CheckCause): Promise<void> {
    this.#running = by;
    try {
      const content = by === 'schedule' && this.#source.options.content;
      await this.#source.check(content, by, this.#end.signal);
    } finally {
      this.#running = null;
    }
  }

  /** What was due may have become unreadable: then it is tried again as a check that failed. */
  #replan(): void {
    try {
      this.#plan();
    } catch (error) {
      this.#failure = error instanceof Error ? error.message : String(error);
      this.#nextMs = null;
    }
  }

  /** Ends a check that runs. */
  close(): void {
    clearTimeout(this.#timer);
    this.#end.abort();
  }
}

/** Whether a record is of a check of as much as the schedule asks for. */
function isWhole(detail: Readonly<Record<string, unknown>>, content: boolean): boolean {
  return detail.by !== 'crash' && (detail.content === true || !content);
}
