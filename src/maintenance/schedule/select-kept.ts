/**
 * Which backups are kept: the newest ones, and of older ones the last of each hour, day and week, each for
 * a number of periods. Pure.
 *
 * Periods are those of UTC, which has no summer time: an hour is never missing or doubled. A week begins
 * on Monday. Only periods that have a backup count, so that a volume that was closed for a month keeps
 * what it had before.
 */
import type { ResolvedBackupSchedule } from '../../core/backup-options.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_DAYS = 7;
/** 1970 began on a Thursday, three days into its week. */
const DAYS_BEFORE_1970 = 3;

export type KeepTiers = ResolvedBackupSchedule['keep'];

/** Number of the period that a time is in. */
const PERIODS: Readonly<Record<'hourly' | 'daily' | 'weekly', (ms: number) => number>> = {
  hourly: (ms) => Math.floor(ms / HOUR_MS),
  daily: (ms) => Math.floor(ms / DAY_MS),
  weekly: (ms) => Math.floor((Math.floor(ms / DAY_MS) + DAYS_BEFORE_1970) / WEEK_DAYS),
};

/**
 * Those of `backups` that are kept. INVARIANTS: the newest is kept; one that is dated later than `nowMs`
 * is kept and takes nobody's place, because then a clock was wrong and nothing shall go for it; of the
 * others at most `last + hourly + daily + weekly`, but one, are kept.
 */
export function selectKept<T extends { readonly takenMs: number }>(
  backups: readonly T[],
  keep: KeepTiers,
  nowMs: number,
): ReadonlySet<T> {
  const newestFirst = [...backups].sort((a, b) => b.takenMs - a.takenMs);
  const past = newestFirst.filter(({ takenMs }) => takenMs <= nowMs);
  const kept = new Set<T>(newestFirst.filter(({ takenMs }) => takenMs > nowMs));
  for (const backup of past.slice(0, Math.max(1, keep.last))) kept.add(backup);
  for (const tier of ['hourly', 'daily', 'weekly'] as const) {
    for (const backup of lastOfPeriods(past, PERIODS[tier], keep[tier])) kept.add(backup);
  }
  return kept;
}

function lastOfPeriods<T extends { readonly takenMs: number }>(
  newestFirst: readonly T[],
  periodOf: (ms: number) => number,
  count: number,
): readonly T[] {
  const lastOf = new Map<number, T>();
  for (const backup of newestFirst) {
    const period = periodOf(backup.takenMs);
    if (!lastOf.has(period)) lastOf.set(period, backup);
  }
  return [...lastOf.values()].slice(0, count);
}
