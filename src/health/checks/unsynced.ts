/** How much of what was acknowledged a power cut could take. */
import type { HealthFacts } from '../facts.js';
import { type Verdict, verdict } from '../health.js';
import { bytesText } from '../wording.js';

export function checkUnsynced({ writer, options }: HealthFacts): Verdict {
  const { unsyncedBytesMax: limit } = options.health;
  const base = { unit: 'bytes', limit } as const;
  if (writer === undefined) {
    const message = 'The volume is open for reading only, so nothing has to be synced.';
    return verdict(base, 'off', message, { value: null, limit: null });
  }
  const value = writer.gauges.unsyncedBytes;
  const message = `${bytesText(value)} of the log are not on stable storage`;
  if (options.durability === 'off') {
    const off = `${message}, which the durability 'off' does not ask for.`;
    return verdict(base, 'off', off, { value, limit: null });
  }
  if (value <= limit) return verdict(base, 'ok', `${message}.`, { value });
  const remedy =
    'the disk is slow at syncing, or checkpoints are held up: `volume.sync()` syncs now.';
  return verdict(base, 'degraded', `${message}; ${remedy}`, { value });
}
