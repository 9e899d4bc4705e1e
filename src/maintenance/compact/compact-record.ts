/** How a compaction is remembered in the volume. */
import type { MaintenanceEntry } from '../../store/maintenance-table.js';
import type { CompactResult } from './compact-options.js';

/** `by`: 'call' where somebody asked for it. */
export function recordOf(
  { full, freedPages, freedBytes, bytesAfter }: Omit<CompactResult, 'bytesBefore' | 'durationMs'>,
  startedMs: number,
  by: string,
): MaintenanceEntry {
  return {
    kind: 'compact',
    startedMs,
    endedMs: Date.now(),
    ok: true,
    detail: { by, full, freedPages, freedBytes, bytesAfter },
  };
}
