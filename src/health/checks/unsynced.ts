/** How much of what was acknowledged a power cut could take. */
import type { HealthFacts } from '../facts.js';
import type { Verdict } from '../health.js';
import { bytesText } from '../wording.js';

export function checkUnsynced({ writer, options }: HealthFacts): Verdict {
  const { unsyncedBytesMax: limit } = options.health;
  const base = { unit: 'bytes', limit } as const;
  if (writer === undefined) {
    const message = 'The volume is open for reading only, so nothing has to be synced.';
    return { ...base, status: 'off', value: null, limit: null, message };
  }
  const value = writer.gauges.unsyncedBytes;
  const message = `${bytesText(value)} of the log are not on stable storage`;
  if (options.durability === 'off') {
    const off = `${message}, which the durability 'off' does not ask for.`;
    return { ...base, status: 'off', value, limit: null, message: off };
  }
  if (value <= limit) return { ...base, status: 'ok', value, message: `${message}.` };
  const remedy =
    'the disk is slow at syncing, or checkpoints are held up: `volume.sync()` syncs now.';
  return { ...base, status: 'degraded', value, message: `${message}; ${remedy}` };
}
