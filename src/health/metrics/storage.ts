/** The files of the volume, its disk, and the checkpoints between log and database. */
import {
  CHECKPOINT_MODES,
  CHECKPOINT_OUTCOMES,
  checkpointCounter,
} from '../../writer/checkpoint-gauges.js';
import type { WriterGauges } from '../../writer/gauges.js';
import { ageAt } from '../wording.js';
import { type FamilyDefinition, gauge, histogram, type Sample } from './family.js';

/** All of them: a rate needs the zero before the first. */
function checkpointCounts(gauges: WriterGauges): Sample[] {
  return CHECKPOINT_MODES.flatMap((mode) =>
    CHECKPOINT_OUTCOMES.map((outcome) => ({
      value: gauges.get(checkpointCounter(mode, outcome)),
      labels: { mode, result: outcome.toLowerCase() },
    })),
  );
}

export const STORAGE_FAMILIES: readonly FamilyDefinition[] = [
  gauge(
    'cabinetfs_database_bytes',
    'Size of the database, free pages included; the log is not.',
    ({ storage }) => storage()?.databaseBytes,
  ),
  gauge(
    'cabinetfs_page_bytes',
    'Size of a page of the database.',
    ({ storage }) => storage()?.pageSizeBytes,
  ),
  gauge(
    'cabinetfs_free_pages',
    'Pages of the database that hold nothing.',
    ({ storage }) => storage()?.freePages,
  ),
  gauge(
    'cabinetfs_wal_bytes',
    'Size of the write-ahead log.',
    ({ facts }) => facts().walBytes ?? undefined,
  ),
  gauge('cabinetfs_wal_frames', 'Frames in the write-ahead log that count.', ({ writer }) =>
    writer?.gauges.get('walFrames'),
  ),
  gauge(
    'cabinetfs_wal_checkpointed_frames',
    'Frames of those that are in the database already.',
    ({ writer }) => writer?.gauges.get('checkpointedFrames'),
  ),
  gauge(
    'cabinetfs_disk_free_bytes',
    'Free space of the disk of the volume.',
    ({ facts }) => facts().freeDiskBytes ?? undefined,
  ),
  gauge(
    'cabinetfs_wal_held_seconds',
    'For how long a reader has kept the log from being moved; 0 when none does.',
    ({ writer, facts }) => {
      if (writer === undefined) return undefined;
      const sinceMs = writer.gauges.get('walHeldSinceMs');
      return sinceMs === 0 ? 0 : ageAt(facts().nowMs, sinceMs) / 1000;
    },
  ),
  {
    name: 'cabinetfs_checkpoints_total',
    help: 'Checkpoints by mode and by result: ok, busy (a reader kept some of the log), failed.',
    type: 'counter',
    labels: ['mode', 'result'],
    read: ({ writer }) => (writer === undefined ? [] : checkpointCounts(writer.gauges)),
  },
  histogram(
    'cabinetfs_checkpoint_duration_seconds',
    'How long checkpoints take, of all modes.',
    ({ writer }) => writer?.gauges.meters.read('checkpointSeconds'),
  ),
  gauge(
    'cabinetfs_checkpoint_last_timestamp_seconds',
    'When the last checkpoint ended; 0 when there was none since the volume was opened.',
    ({ writer }) => writer && writer.gauges.get('checkpointEndedMs') / 1000,
  ),
];
