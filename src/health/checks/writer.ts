/** Whether the writer thread lives and gets on with its work. */
import type { HealthFacts } from '../facts.js';
import { type Verdict, verdict } from '../health.js';
import { ageAt, timeText } from '../wording.js';

export function checkWriter({ nowMs, life, writer, options }: HealthFacts): Verdict {
  const { writerSilenceMaxMs, writerSilenceUnhealthyMs } = options.health;
  const base = { unit: 'milliseconds', limit: writerSilenceMaxMs, value: null } as const;
  if (life !== 'open') {
    const message = `The volume is ${life}; open it again with \`openVolume\`.`;
    return verdict(base, 'unhealthy', message);
  }
  if (writer === undefined) {
    const message = 'The volume is open for reading only, so there is no writer.';
    return verdict(base, 'off', message, { limit: null });
  }
  if (writer.isLost || writer.gauges.get('failed') === 1) {
    const message =
      'The writer has stopped and refuses all writes; look at the errors of the last writes and at the disk, then close the volume and open it again: what was acknowledged is there.';
    return verdict(base, 'unhealthy', message);
  }
  const silentMs = ageAt(nowMs, writer.gauges.get('heartbeatMs'));
  const busySinceMs = writer.gauges.get('busySinceMs');
  const busyMs = busySinceMs === 0 ? 0 : ageAt(nowMs, busySinceMs);
  const value = Math.max(silentMs, busyMs);
  if (value <= writerSilenceMaxMs) {
    return verdict(base, 'ok', 'The writer works.', { value });
  }
  const what =
    busySinceMs !== 0
      ? `The writer has worked on one batch for ${timeText(busyMs)}`
      : `The writer has given no sign of life for ${timeText(silentMs)}`;
  const message = `${what}; a slow disk, another process's lock or a very big change hold it up, and writes wait meanwhile.`;
  return verdict(base, value > writerSilenceUnhealthyMs ? 'unhealthy' : 'degraded', message, {
    value,
  });
}
