/**
 * Makes a copy of a backup ready to be a volume, before it gets its name: brings it to the newest schema,
 * and lets go of what belonged to the processes that had the volume open at that moment.
 *
 * In the process that copies (`copy-process.ts`). A half of it leaves a partial file and nothing else.
 */

import { readTrustedState } from '../../schema/identity.js';
import { migrate } from '../../schema/migrate.js';
import { openConnection } from '../../sqlite/connection.js';
import { guarded } from '../../sqlite/driver-errors.js';
import { raiseNextCommit } from '../../store/commit-numbers.js';
import { type MaintenanceEntry, MaintenanceTable } from '../../store/maintenance-table.js';
import { readVolumeFacts } from '../../store/meta-table.js';
import { SessionTable } from '../../store/session-table.js';

export interface PrepareJob {
  readonly path: string;
  /** `migrate`: only the schema; `enter`: sessions go, and the restore is remembered. */
  readonly step: 'migrate' | 'enter';
  readonly entry?: MaintenanceEntry | undefined;
  /** First commit number that the replaced volume has not used; numbers go on from there. */
  readonly nextCommit?: number | undefined;
}

export interface PrepareResult {
  readonly volumeId: string;
  readonly schemaVersion: number;
  /** Names of the migrations that were applied. */
  readonly migrations: readonly string[];
}

const CACHE_BYTES = 16 * 1024 * 1024;

export function prepareRestored({ path, step, entry, nextCommit }: PrepareJob): PrepareResult {
  const connection = openConnection(path, {
    role: 'writer',
    cacheBytes: CACHE_BYTES,
    busyTimeoutMs: 0,
    synchronous: 'FULL',
  });
  try {
    return guarded(path, () => {
      // It is to be a file without a log (`put-in-place.ts`); one from an archive is not yet.
      connection.pragma('journal_mode = DELETE');
      readTrustedState(connection);
      const { chunkSizeBytes, volumeId } = readVolumeFacts(connection);
      const report =
        step === 'migrate' ? migrate(connection, { safetyCopy: false, chunkSizeBytes }) : undefined;
      if (step === 'enter') {
        connection.execute('BEGIN IMMEDIATE');
        new SessionTable(connection).clear();
        if (nextCommit !== undefined) raiseNextCommit(connection, nextCommit);
        if (entry !== undefined) new MaintenanceTable(connection).insert(entry);
        connection.execute('COMMIT');
      }
      const schemaVersion = Number(connection.pragma('user_version'));
      return { volumeId, schemaVersion, migrations: report?.applied ?? [] };
    });
  } finally {
    connection.close();
  }
}
