/** What stands beside the bar of a backup or a restore. */
import type { BackupProgress, RestoreProgress } from '../index.js';
import { humanBytes, humanSeconds } from './format.js';

/** `copy  80.2 MiB/s  12 s left` */
export function pagesLabel({
  phase,
  bytesPerSecond,
  etaMs,
}: BackupProgress | RestoreProgress): string {
  const rest = etaMs === null ? [] : [`${humanSeconds(etaMs)} left`];
  return [phase, `${humanBytes(bytesPerSecond)}/s`, ...rest].join('  ');
}
