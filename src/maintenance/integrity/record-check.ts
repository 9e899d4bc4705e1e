/** How a check is remembered in the volume. */
import type { MaintenanceEntry } from '../../store/maintenance-table.js';
import type { CheckResult } from '../check/problem.js';

/** Who wanted it: a call, the schedule, or a volume that was not closed cleanly. */
export type CheckCause = 'call' | 'schedule' | 'crash';

/** Problems that are remembered. */
const PROBLEMS_KEPT = 10;

export function recordOf(result: CheckResult, startedMs: number, by: CheckCause): MaintenanceEntry {
  const { ok, content, problemsTotal, durationMs } = result;
  const problems = result.problems
    .slice(0, PROBLEMS_KEPT)
    .map(({ invariant, path, detail, repaired }) => ({ invariant, path, detail, repaired }));
  return {
    kind: 'check',
    startedMs,
    endedMs: Date.now(),
    ok,
    detail: { by, content, problemsTotal, problems, durationMs: Math.round(durationMs) },
  };
}
