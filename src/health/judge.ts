/** All checks on the same facts. */
import { checkArchive } from './checks/archive.js';
import { checkBackup } from './checks/backup.js';
import { checkCheckpoint } from './checks/checkpoint.js';
import { checkDisk } from './checks/disk.js';
import { checkIntegrity } from './checks/integrity.js';
import { checkQueueAge, checkQueueBytes, checkQueueDepth } from './checks/queue.js';
import { checkReaders } from './checks/readers.js';
import { checkSnapshot } from './checks/snapshot.js';
import { checkUnsynced } from './checks/unsynced.js';
import { checkWal } from './checks/wal.js';
import { checkWriter } from './checks/writer.js';
import type { HealthFacts } from './facts.js';
import type { HealthCheckName, Verdict } from './health.js';

const CHECKS: Readonly<Record<HealthCheckName, (facts: HealthFacts) => Verdict>> = {
  writer: checkWriter,
  queueDepth: checkQueueDepth,
  queueBytes: checkQueueBytes,
  queueAge: checkQueueAge,
  wal: checkWal,
  snapshot: checkSnapshot,
  readers: checkReaders,
  disk: checkDisk,
  integrity: checkIntegrity,
  backup: checkBackup,
  archive: checkArchive,
  checkpoint: checkCheckpoint,
  unsynced: checkUnsynced,
};

const CLOSED: Verdict = {
  status: 'unknown',
  value: null,
  unit: 'none',
  limit: null,
  message: 'The volume is closed, so this is not known.',
};

/** Of a closed volume only that is known. */
export function judge(name: HealthCheckName, facts: HealthFacts): Verdict {
  if (facts.life === 'closed' && name !== 'writer') return CLOSED;
  return CHECKS[name](facts);
}
