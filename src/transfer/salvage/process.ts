/**
 * Entry of the process that gets files out of a damaged volume. A process of its own, because it opens the
 * database file itself, which its parent may have open with SQLite, and because what it reads is not to
 * be trusted: whatever happens to it, its parent lives on.
 */
import { encodeFailure, type Failure } from '../../core/failure.js';
import { targetFailed } from '../../maintenance/placement/target.js';
import type { SalvageResult } from './report.js';
import { type SalvageJob, type SalvageProgress, salvageFile } from './salvage-file.js';

export type SalvageMessage =
  | { readonly progress: SalvageProgress }
  | { readonly result: SalvageResult }
  | { readonly failed: Failure };

const REPORT_EVERY_MS = 50;
let reportedMs = 0;

function send(message: SalvageMessage): void {
  process.send?.(message);
}

function report(progress: SalvageProgress): void {
  const nowMs = performance.now();
  if (nowMs - reportedMs < REPORT_EVERY_MS && progress.done < progress.total) return;
  reportedMs = nowMs;
  send({ progress });
}

process.on('message', async (job: SalvageJob) => {
  try {
    send({ result: await salvageFile(job, report) });
  } catch (error) {
    send({ failed: encodeFailure(targetFailed(error, job.dest)) });
  }
});
// The parent is gone: nobody waits for the report.
process.on('disconnect', () => process.exit());
