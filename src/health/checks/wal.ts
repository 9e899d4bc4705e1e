/** How long the write-ahead log is; when it is too long, why it cannot become shorter. */
import { walHoldOf } from '../../writer/checkpoint-gauges.js';
import type { HealthFacts } from '../facts.js';
import { type Verdict, verdict } from '../health.js';
import { ageAt, bytesText, timeText } from '../wording.js';

/** A view that is younger than this is an ordinary read. */
const OLD_VIEW_MS = 1000;

export function checkWal(facts: HealthFacts): Verdict {
  const { walBytes: value, options } = facts;
  const { walBytesMax: limit, walBytesUnhealthy } = options.health;
  const base = { value, unit: 'bytes', limit } as const;
  if (value === null) {
    const message =
      'The size of the write-ahead log cannot be read; see whether the disk is there.';
    return verdict(base, 'unknown', message);
  }
  if (value <= limit) {
    return verdict(base, 'ok', `The write-ahead log is ${bytesText(value)} long.`);
  }
  const isUnhealthy = walBytesUnhealthy > 0 && value > walBytesUnhealthy;
  const message = `The write-ahead log is ${bytesText(value)} long; ${whyLong(facts)}`;
  return verdict(base, isUnhealthy ? 'unhealthy' : 'degraded', message);
}

/** The first reason that applies, with its remedy. */
function whyLong({ nowMs, readers, writer }: HealthFacts): string {
  const { snapshotSinceMs } = readers;
  const viewMs = snapshotSinceMs === 0 ? 0 : ageAt(nowMs, snapshotSinceMs);
  if (viewMs > OLD_VIEW_MS) {
    return `a view that has been read for ${timeText(viewMs)} in this process keeps it from becoming shorter: end long streams, walks, checks and backups.`;
  }
  if (writer === undefined) return 'the process that writes the volume has to move it.';
  const { gauges } = writer;
  if (writer.isLost || gauges.get('failed') === 1) {
    return 'the writer has stopped, so nothing moves it: close the volume and open it again.';
  }
  if (gauges.get('checkpointFailed') === 1) return 'the last checkpoint failed: look at the disk.';
  const hold = walHoldOf(gauges);
  if (hold !== undefined) {
    const isOther = hold.pid !== null && hold.pid !== process.pid;
    const who = isOther ? `the process ${hold.pid}` : 'a reader, maybe in another process,';
    return `${who} reads an old view and keeps it from becoming shorter: end long reads and backup tools there.`;
  }
  return "it was not moved into the database file yet, or its file has kept the size it once needed: `volume.checkpoint('truncate')` does both in a quiet moment.";
}
