/** Backups by schedule of a volume that was opened in this thread: from its parts to a schedule. */
import type { ResolvedBackupSchedule } from '../core/backup-options.js';
import type { ResolvedOptions } from '../core/options.js';
import {
  type BackupSchedule,
  createSchedule,
  type ScheduleSource,
} from '../maintenance/schedule/schedule.js';
import type { Observation } from './observation.js';
import { OpenedOrigin, type Origin } from './origin.js';

export interface ScheduledVolume {
  readonly origin: Origin;
  readonly options: ResolvedOptions;
  readonly volumeId: string;
  readonly observation: Observation;
  readonly backup: ScheduleSource['backup'];
}

/** The schedule that the option `backup` asks for; only the thread that opened the volume has it. */
export function startScheduledBackups({
  origin,
  options,
  volumeId,
  observation,
  backup,
}: ScheduledVolume): BackupSchedule | undefined {
  const { path, writer } = origin;
  if (options.backup === undefined || writer === undefined) return undefined;
  if (!(origin instanceof OpenedOrigin)) return undefined;
  const schedule = createSchedule({
    volumePath: path,
    volumeId,
    options: options.backup as ResolvedBackupSchedule,
    commands: () => writer.gauges.get('commands'),
    commit: () => writer.gauges.get('commit'),
    backup,
  });
  observation.connect({
    backupSchedule: () => {
      const { failuresInARow, lastFailure } = schedule.state;
      return {
        failures: failuresInARow,
        error: failuresInARow === 0 ? null : lastFailure?.message,
      };
    },
  });
  return schedule;
}
