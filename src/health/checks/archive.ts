/** Whether the continuous archive keeps up. */
import type { HealthFacts } from '../facts.js';
import { type Verdict, verdict } from '../health.js';
import { ageAt, timeText } from '../wording.js';

export function checkArchive({ nowMs, archive, options }: HealthFacts): Verdict {
  const { archiveLagMaxMs } = options.health;
  const base = { unit: 'milliseconds', limit: archiveLagMaxMs } as const;
  if (archive === undefined) {
    const message = 'There is no continuous archive.';
    return verdict(base, 'off', message, { value: null, limit: null });
  }
  const { behindSinceMs, lastShippedMs, isFailing, reason } = archive;
  const value = behindSinceMs === 0 ? 0 : ageAt(nowMs, behindSinceMs);
  const behind =
    value === 0 ? 'The archive has everything' : `The archive is ${timeText(value)} behind`;
  if (isFailing) {
    const why = reason === undefined ? '' : ` (${reason})`;
    const message = `${behind}, and the last attempt to ship failed${why}; look at its directory and disk.`;
    return verdict(base, 'degraded', message, { value });
  }
  if (value > archiveLagMaxMs) {
    const message = `${behind}; see whether its disk is slow or writes come too fast for it.`;
    return verdict(base, 'degraded', message, { value });
  }
  const first = lastShippedMs === 0 ? ', and nothing was shipped yet' : '';
  return verdict(base, 'ok', `${behind}${first}.`, { value });
}
