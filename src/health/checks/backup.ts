/** Whether there is a backup that is young enough, and whether backups work. */
import type { HealthFacts } from '../facts.js';
import { type Verdict, verdict } from '../health.js';
import { ageAt, timeText } from '../wording.js';

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
    const { failures } = schedule;
    const attempts = failures === 1 ? 'attempt' : `${failures} attempts`;
    const message = `The last ${attempts} to make a backup failed${why}; ${lower(last)}, look at the directory of the backups.`;
    return verdict(base, 'degraded', message);
  }
  if (backup !== undefined && !backup.ok) {
    const message = `The last attempt to make a backup failed; ${lower(last)}, make another.`;
    return verdict(base, 'degraded', message);
  }
  if (limit !== null && (value === null || value > limit)) {
    const message = `${last}; make one with \`volume.backup()\`, or have them made by the options \`backup\`.`;
    return verdict(base, value === null ? 'unknown' : 'degraded', message);
  }
  if (value === null && schedule === undefined) {
    return verdict(base, 'off', 'No backup was made, and none is expected.');
  }
  return verdict(base, 'ok', `${last}.`);
}

function lower(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
