/** Whether checkpoints can move the log into the database file. */
import { CHECKPOINT_MODES, walHoldOf } from '../../writer/checkpoint-gauges.js';
import type { WriterGauges } from '../../writer/gauges.js';
import type { HealthFacts } from '../facts.js';
import { type Verdict, verdict } from '../health.js';
import { ageAt, timeText } from '../wording.js';

export function checkCheckpoint({ nowMs, writer, options }: HealthFacts): Verdict {
  const { walHeldMaxMs: limit } = options.health;
  const base = { unit: 'milliseconds', limit } as const;
  if (writer === undefined) {
    const message = 'The volume is open for reading only, so there are no checkpoints.';
    return verdict(base, 'off', message, { value: null, limit: null });
  }
  const { gauges } = writer;
  const hold = walHoldOf(gauges);
  const value = hold === undefined ? 0 : ageAt(nowMs, hold.sinceMs);
  const last = lastCheckpoint(gauges, nowMs);
  if (gauges.get('checkpointFailed') === 1) {
    return verdict(base, 'degraded', `${last}: it failed; look at the disk.`, { value });
  }
  if (value > limit) {
    const remedy = `a reader has kept the log from being moved for ${timeText(value)}: end long reads, in other processes too.`;
    return verdict(base, 'degraded', `${last}; ${remedy}`, { value });
  }
  return verdict(base, 'ok', `${last}.`, { value });
}

function lastCheckpoint(gauges: WriterGauges, nowMs: number): string {
  const endedMs = gauges.get('checkpointEndedMs');
  if (endedMs === 0) return 'No checkpoint was needed since the volume was opened';
  const mode = CHECKPOINT_MODES[gauges.get('checkpointMode')] ?? '';
  const held = gauges.get('checkpointBusy') === 1 ? ' and could not move all of the log' : '';
  return `The last checkpoint (${mode}) ended ${timeText(ageAt(nowMs, endedMs))} ago${held}`;
}
