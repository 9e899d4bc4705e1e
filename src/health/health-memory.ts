/**
 * What health remembers, in memory that all threads of a volume share: since when each check has its
 * status, and what only the thread that opened the volume knows of the archive and of the schedule of
 * backups.
 */
import {
  CHECK_STATUSES,
  type CheckStatus,
  HEALTH_CHECK_NAMES,
  type HealthCheckName,
} from './health.js';

/** How far an archive is, as numbers. */
export interface ArchiveReport {
  /** 0 when nothing was shipped yet. */
  readonly lastShippedMs: number;
  /** Since when the oldest change that is not in the archive is there; 0 when all are. */
  readonly behindSinceMs: number;
  readonly isFailing: boolean;
}

/** How a schedule of backups is, as numbers. */
export interface ScheduleReport {
  /** Attempts in a row that failed. */
  readonly failures: number;
}

const CHECK_FIELDS = 2;
const STATUS = 0;
const SINCE = 1;
const ARCHIVE = HEALTH_CHECK_NAMES.length * CHECK_FIELDS;
const ARCHIVE_FIELDS = 4;
const SCHEDULE = ARCHIVE + ARCHIVE_FIELDS;
const SCHEDULE_FIELDS = 2;
const BYTES = (SCHEDULE + SCHEDULE_FIELDS) * Float64Array.BYTES_PER_ELEMENT;

export class HealthMemory {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Float64Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(BYTES)) {
    this.buffer = buffer;
    this.#cells = new Float64Array(buffer);
  }

  /** Notes the status of a check at `nowMs`; returns since when it has it. */
  note(check: HealthCheckName, status: CheckStatus, nowMs: number): number {
    const at = HEALTH_CHECK_NAMES.indexOf(check) * CHECK_FIELDS;
    // 0 is for a check that was never looked at.
    const number = 1 + CHECK_STATUSES.indexOf(status);
    if (this.#cells[at + STATUS] !== number) {
      this.#cells[at + SINCE] = nowMs;
      this.#cells[at + STATUS] = number;
    }
    return this.#cells[at + SINCE] as number;
  }

  get archive(): ArchiveReport | undefined {
    const [isOn, lastShippedMs = 0, behindSinceMs = 0, isFailing] = this.#cells.subarray(ARCHIVE);
    return isOn === 1 ? { lastShippedMs, behindSinceMs, isFailing: isFailing === 1 } : undefined;
  }

  /** Called where the volume was opened. */
  noteArchive({ lastShippedMs, behindSinceMs, isFailing }: ArchiveReport): void {
    this.#cells.set([1, lastShippedMs, behindSinceMs, isFailing ? 1 : 0], ARCHIVE);
  }

  get schedule(): ScheduleReport | undefined {
    const [isOn, failures = 0] = this.#cells.subarray(SCHEDULE);
    return isOn === 1 ? { failures } : undefined;
  }

  /** Called where the volume was opened. */
  noteSchedule({ failures }: ScheduleReport): void {
    this.#cells.set([1, failures], SCHEDULE);
  }
}
