/** Age of the oldest view that is being read in this process: it keeps the log from becoming shorter. */
import type { HealthFacts } from '../facts.js';
import { type Verdict, verdict } from '../health.js';
import { ageAt, timeText } from '../wording.js';

export function checkSnapshot({ nowMs, readers, options }: HealthFacts): Verdict {
  const { snapshotAgeMaxMs: limit } = options.health;
  const { snapshotSinceMs } = readers;
  const base = { unit: 'milliseconds', limit } as const;
  if (snapshotSinceMs === 0) {
    return verdict(base, 'ok', 'No view is kept.', { value: 0 });
  }
  const value = ageAt(nowMs, snapshotSinceMs);
  const message = `The oldest view is ${timeText(value)} old`;
  if (value <= limit) return verdict(base, 'ok', `${message}.`, { value });
  const remedy =
    'it keeps the log from becoming shorter: end long streams, walks, checks and backups.';
  return verdict(base, 'degraded', `${message}; ${remedy}`, { value });
}
