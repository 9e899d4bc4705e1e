/** Whether checkpoints can move the log into the database file. */
import { CHECKPOINT_MODES, CHECKPOINT_RESULTS } from '../../writer/meters.js';
import type { HealthFacts } from '../facts.js';
import type { Verdict } from '../health.js';
import { ageAt, timeText } from '../wording.js';

export function checkCheckpoint({ nowMs, writer, options }: HealthFacts): Verdict {
  const { checkpointStuckMaxMs: limit } = options.health;
  const base = { unit: 'milliseconds', limit, value: 0 } as const;
  if (writer === undefined) {
    const message = 'The volume is open for reading only, so there are no checkpoints.';
    return { ...base, status: 'off', value: null, limit: null, message };
  }
  const { gauges } = writer;
  const endedMs = gauges.get('checkpointEndedMs');
  if (endedMs === 0) {
    const message = 'No checkpoint was needed since the volume was opened.';
    return { ...base, status: 'ok', message };
  }
  const mode = CHECKPOINT_MODES[gauges.get('checkpointMode')] ?? '';
  const outcome = CHECKPOINT_RESULTS[gauges.get('checkpointOutcome')] ?? '';
  const last = `The last checkpoint (${mode}) ended ${timeText(ageAt(nowMs, endedMs))} ago: ${outcome}`;
  const stuckSinceMs = gauges.get('checkpointStuckSinceMs');
  const value = stuckSinceMs === 0 ? 0 : ageAt(nowMs, stuckSinceMs);
  if (outcome === 'failed') {
    return { ...base, status: 'degraded', value, message: `${last}; look at the disk.` };
  }
  if (value <= limit) return { ...base, status: 'ok', value, message: `${last}.` };
  const remedy = `none has moved all of the log for ${timeText(value)}: end long reads, in other processes too.`;
  return { ...base, status: 'degraded', value, message: `${last}; ${remedy}` };
}
