/** Arguments of the methods of a volume. */

import { VolumeError } from '../core/errors.js';
import { describeValue } from '../core/option-rules.js';
import { MAINTENANCE_KINDS } from '../store/maintenance-table.js';

const CHECKPOINT_MODES: readonly unknown[] = ['passive', 'full', 'restart', 'truncate'];

/** Throws ERR_OPTION_INVALID for what is no mode of a checkpoint. */
export function checkCheckpointMode(mode: unknown): void {
  if (CHECKPOINT_MODES.includes(mode)) return;
  throw new VolumeError('ERR_OPTION_INVALID', `${describeValue(mode)} is no checkpoint mode.`, {
    hint: `Use one of: ${CHECKPOINT_MODES.join(', ')}.`,
  });
}

/** Throws ERR_OPTION_INVALID for what is no kind of record, or no number of them. */
export function checkRecordArguments(kind: unknown, limit: unknown): void {
  const kinds: readonly unknown[] = MAINTENANCE_KINDS;
  if (kind !== undefined && !kinds.includes(kind)) {
    throw new VolumeError('ERR_OPTION_INVALID', `${describeValue(kind)} is no kind of record.`, {
      hint: `Use one of: ${kinds.join(', ')}.`,
    });
  }
  if (Number.isSafeInteger(limit) && Number(limit) >= 0) return;
  throw new VolumeError('ERR_OPTION_INVALID', `${describeValue(limit)} is no number of records.`);
}
