/** How the last check of the volume ended, and how long ago that was. */
import type { HealthFacts } from '../facts.js';
import { type Verdict, verdict } from '../health.js';
import { ageAt, timeText } from '../wording.js';

export function checkIntegrity({ nowMs, check, options, damage }: HealthFacts): Verdict {
  const { integrityAgeMaxSeconds } = options.health;
  const limit = integrityAgeMaxSeconds === 0 ? null : integrityAgeMaxSeconds * 1000;
  const base = { unit: 'milliseconds', limit } as const;
  // A check that went well afterwards says more: what was damaged may have been replaced.
  if (damage.reads > 0 && damage.lastMs >= (check?.endedMs ?? 0)) {
    const value = check === undefined ? null : ageAt(nowMs, check.endedMs);
    const message = `${damage.reads} reads met damage, the last ${timeText(ageAt(nowMs, damage.lastMs))} ago; run \`cabinet check --content\` for what is damaged, and restore a backup or the files concerned.`;
    return verdict(base, 'unhealthy', message, { value });
  }
  if (check === undefined) {
    const message = 'The volume was never checked; run `volume.check()` or `cabinet check`.';
    return verdict(base, 'unknown', message, { value: null });
  }
  const value = ageAt(nowMs, check.endedMs);
  if (!check.ok) {
    const message = `The last check, ${timeText(value)} ago, found problems or could not finish; see \`cabinet check\` for what they are, and repair or restore the volume.`;
    return verdict(base, 'unhealthy', message, { value });
  }
  const message = `The last check found no problem, ${timeText(value)} ago`;
  if (limit === null || value <= limit) {
    return verdict(base, 'ok', `${message}.`, { value });
  }
  const remedy = 'run `volume.check()`, or have it run by the options `integrity`.';
  return verdict(base, 'degraded', `${message}; ${remedy}`, { value });
}
