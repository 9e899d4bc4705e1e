/** Checks, backups and so on: how the last of each kind ended, and what is under way. */
import { PROGRESS_KINDS, type ProgressReading } from '../../core/progress-board.js';
import type { LatestRecord } from '../../store/latest-records.js';
import { MAINTENANCE_KINDS } from '../../store/maintenance-table.js';
import { ageAt } from '../wording.js';
import { type FamilyDefinition, gauge } from './family.js';

/** A number of the last record of each kind; none for kinds that never ran. */
function ofRecords(
  name: string,
  help: string,
  value: (record: LatestRecord) => number,
): FamilyDefinition {
  return {
    name,
    help,
    type: 'gauge',
    labels: ['kind'],
    read: ({ records }) =>
      MAINTENANCE_KINDS.flatMap((kind) => {
        const record = records.get(kind);
        return record === undefined ? [] : [{ value: value(record), labels: { kind } }];
      }),
  };
}

function ofProgress(
  name: string,
  help: string,
  value: (reading: ProgressReading) => number,
): FamilyDefinition {
  return {
    name,
    help,
    type: 'gauge',
    labels: ['kind'],
    read: ({ progress }) =>
      PROGRESS_KINDS.map((kind) => ({ value: value(progress.read(kind)), labels: { kind } })),
  };
}

export const UPKEEP_FAMILIES: readonly FamilyDefinition[] = [
  ofRecords(
    'cabinetfs_maintenance_last_timestamp_seconds',
    'When the last work of this kind ended.',
    ({ endedMs }) => endedMs / 1000,
  ),
  ofRecords(
    'cabinetfs_maintenance_last_duration_seconds',
    'How long the last work of this kind took.',
    ({ startedMs, endedMs }) => Math.max(0, endedMs - startedMs) / 1000,
  ),
  ofRecords(
    'cabinetfs_maintenance_last_ok',
    '1 when the last work of this kind went well, and a check found nothing; else 0.',
    ({ ok }) => (ok ? 1 : 0),
  ),
  ofRecords(
    'cabinetfs_maintenance_last_ok_timestamp_seconds',
    'When work of this kind last ended well; 0 when it never did.',
    ({ okEndedMs }) => okEndedMs / 1000,
  ),
  ofProgress(
    'cabinetfs_maintenance_running',
    'Work of this kind that is under way in this process.',
    ({ running }) => running,
  ),
  ofProgress(
    'cabinetfs_maintenance_progress_ratio',
    'How much of the newest of them is done, from 0 to 1; 0 when none is under way.',
    ({ ratio }) => ratio,
  ),
  gauge(
    'cabinetfs_archive_lag_seconds',
    'Age of the oldest change that is not in the archive; 0 when all are.',
    ({ facts }) => {
      const { archive, nowMs } = facts();
      return (
        archive && (archive.behindSinceMs === 0 ? 0 : ageAt(nowMs, archive.behindSinceMs) / 1000)
      );
    },
  ),
  gauge(
    'cabinetfs_archive_last_shipped_timestamp_seconds',
    'When something was last shipped to the archive; 0 when nothing was yet.',
    ({ facts }) => {
      const { archive } = facts();
      return archive && archive.lastShippedMs / 1000;
    },
  ),
  gauge(
    'cabinetfs_archive_failing',
    '1 when the last attempt to ship failed, else 0.',
    ({ facts }) => {
      const { archive } = facts();
      return archive && (archive.isFailing ? 1 : 0);
    },
  ),
  gauge(
    'cabinetfs_backup_schedule_failures',
    'Attempts in a row to make a scheduled backup that failed.',
    ({ facts }) => facts().schedule?.failures,
  ),
];
