/** The files of the volume, its disk, and the checkpoints between log and database. */
import { CHECKPOINT_MODES, CHECKPOINT_RESULTS } from '../../writer/meters.js';
import { counterSamples } from './counter-samples.js';
import { type FamilyDefinition, gauge, histogram } from './family.js';

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
  {
    name: 'cabinetfs_checkpoints_total',
    help: 'Checkpoints by mode and result.',
    type: 'counter',
    labels: ['mode', 'result'],
    read: ({ writer }) =>
      writer === undefined
        ? []
        : counterSamples('mode', CHECKPOINT_MODES, CHECKPOINT_RESULTS, (mode, result) =>
            writer.gauges.meters.checkpoints(mode, result),
          ),
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
