/** Whether there is a backup that is young enough, and whether backups work. */
import type { HealthFacts } from '../facts.js';
import type { Verdict } from '../health.js';
import { ageAt, countText, timeText } from '../wording.js';

export function checkBackup({ nowMs, backup, schedule, options }: HealthFacts): Verdict {
  const { backupAgeMaxSeconds } = options.health;
  const limit = backupAgeMaxSeconds === 0 ? null : backupAgeMaxSeconds * 1000;
  const goodMs = backup?.okEndedMs ?? 0;
  const value = goodMs === 0 ? null : ageAt(nowMs, goodMs);
  const base = { value, unit: 'milliseconds', limit } as const;
  const last =
    value === null ? 'There is no backup' : `The last good backup is ${timeText(value)} old`;
  if (schedule !== undefined && schedule.failures > 0) {
    const why = schedule.reason === undefined ? '' : ` (${schedule.reason})`;
    const failed = countText(schedule.failures, 'attempt', 'attempts');
    const message = `The last ${failed} to make a backup failed${why}; ${lower(last)}, look at the directory of the backups.`;
    return { ...base, status: 'degraded', message };
  }
  if (backup !== undefined && !backup.ok) {
    const message = `The last attempt to make a backup failed; ${lower(last)}, make another.`;
    return { ...base, status: 'degraded', message };
  }
  if (limit !== null && (value === null || value > limit)) {
    const message = `${last}; make one with \`volume.backup()\`, or have them made by the options \`backup\`.`;
    return { ...base, status: value === null ? 'unknown' : 'degraded', message };
  }
  if (value === null && schedule === undefined) {
    return { ...base, status: 'off', message: 'No backup was made, and none is expected.' };
  }
  return { ...base, status: 'ok', message: `${last}.` };
}

function lower(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
