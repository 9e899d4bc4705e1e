/** The last commit before a volume is closed, and what follows it: a clean close is durable at every level. */
import { failpoint } from '../core/failpoint.js';
import type { Connection } from '../sqlite/connection.js';
import { checkpoint } from '../sqlite/wal.js';

const FINAL_CHECKPOINT_BUSY_MS = 50;

/**
 * `commit` leaves the volume; with FULL it syncs the log. `committed` is called when it has: what follows may fail
 * without anything being lost.
 */
export function commitLast(
  connection: Connection,
  { commit, committed }: { commit(): void; committed(): void },
): void {
  connection.pragma('synchronous = FULL');
  commit();
  committed();
  failpoint('close:left');
  connection.pragma(`busy_timeout = ${FINAL_CHECKPOINT_BUSY_MS}`);
  // After a bulk load; when somebody keeps it from happening, the next writer does it.
  connection.pragma('journal_mode = WAL');
  // A reader elsewhere may keep the checkpoint from finishing; then the log stays, synced.
  checkpoint(connection, 'truncate');
  failpoint('close:moved');
}
