/** When a backup is due, and when to try again after a failure. Pure. */
import type { ResolvedBackupSchedule } from '../../core/backup-options.js';

type Rules = ResolvedBackupSchedule['rules'];

/** What is known at a time. */
export interface Situation {
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** When the last backup was taken, same clock; undefined: there is none. */
  readonly lastMs: number | undefined;
  /** Changes since then. */
  readonly changes: number;
}

const MS_PER_SECOND = 1000;
/** How often the number of changes is looked at when only that is missing, in milliseconds. */
const LOOK_EVERY_MS = 1000;
/**
 * Longest time between two looks, in milliseconds. Timers stand still while a computer sleeps; what has
 * become due meanwhile is made up for within this time.
 */
const LOOK_AT_LEAST_EVERY_MS = 60_000;

/** Whether any rule is met. A volume without a backup gets one. */
export function isDue(rules: Rules, { nowMs, lastMs, changes }: Situation): boolean {
  if (lastMs === undefined) return true;
  return rules.some(
    ({ everySeconds, minChanges }) =>
      changes >= minChanges && nowMs - lastMs >= everySeconds * MS_PER_SECOND,
  );
}

/** When a rule may be met at the earliest, as far as time alone tells; milliseconds since 1970. */
export function earliestDueMs(rules: Rules, { nowMs, lastMs }: Situation): number {
  if (lastMs === undefined) return nowMs;
  const times = rules.map(({ everySeconds }) => lastMs + everySeconds * MS_PER_SECOND);
  return Math.max(nowMs, Math.min(...times));
}

/** How long to wait before looking again, in milliseconds, when nothing is due now. */
export function lookAgainAfterMs(rules: Rules, { nowMs, lastMs = nowMs }: Situation): number {
  const waits = rules.map(({ everySeconds }) => {
    const untilMs = lastMs + everySeconds * MS_PER_SECOND - nowMs;
    return untilMs > 0 ? untilMs : LOOK_EVERY_MS;
  });
  return Math.min(LOOK_AT_LEAST_EVERY_MS, ...waits);
}

const RETRY_FIRST_MS = 10_000;
const RETRY_LONGEST_MS = 3_600_000;
const JITTER = 0.2;

/**
 * How long to wait after the `failures`th failure in a row, in milliseconds: twice as long each time, up
 * to an hour, and a fifth more or less, so that many volumes do not try at the same moment. `random` is
 * from 0 to 1.
 */
export function retryAfterMs(failures: number, random: number): number {
  const plain = Math.min(RETRY_LONGEST_MS, RETRY_FIRST_MS * 2 ** Math.min(failures - 1, 30));
  return Math.round(plain * (1 - JITTER + 2 * JITTER * random));
}
