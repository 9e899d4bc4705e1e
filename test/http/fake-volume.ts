/** A volume whose health, counters and records are what a test says. */
import { Counter, Registry } from 'prom-client';
import type { CheckStatus, Health, HealthCheck } from '#src/health/health.js';
import type { MaintenanceRecord, ServedCounters, ServedVolume } from '#src/http/served-volume.js';

export type HealthName = Health['status'];

const HOUR_MS = 3_600_000;
const MIB = 1024 * 1024;

type Checks = Health['checks'];

function check(
  status: CheckStatus,
  value: HealthCheck['value'],
  unit: HealthCheck['unit'],
  limit: number | null,
  message: string,
): HealthCheck {
  return { status, value, unit, limit, sinceMs: Date.now() - 2 * HOUR_MS, message };
}

function healthyChecks(): Checks {
  return {
    writer: check('ok', 240, 'milliseconds', 5000, 'The writer works.'),
    queueDepth: check('ok', 12, 'count', 1000, 'Few writes wait.'),
    queueBytes: check('ok', 48_000, 'bytes', 32 * MIB, 'The waiting writes carry little.'),
    queueAge: check('ok', 3, 'milliseconds', 10_000, 'No write waits for long.'),
    wal: check('ok', 4_200_000, 'bytes', 100 * MIB, 'The log is short.'),
    snapshot: check('ok', 0, 'milliseconds', 60_000, 'No reader holds an old view.'),
    readers: check('ok', 1, 'count', 8, 'Read connections are free.'),
    disk: check('ok', 48_000 * MIB, 'bytes', 1000 * MIB, 'There is room on the disk.'),
    integrity: check('ok', 26 * HOUR_MS, 'milliseconds', null, 'The last check found nothing.'),
    backup: check('ok', 0.4 * HOUR_MS, 'milliseconds', 24 * HOUR_MS, 'The last backup is good.'),
    archive: check('off', null, 'none', null, 'No archive is configured.'),
    checkpoint: check(
      'ok',
      0,
      'milliseconds',
      300_000,
      'The last checkpoint (passive) ended 12 s ago.',
    ),
    unsynced: check(
      'ok',
      90_000,
      'bytes',
      64 * MIB,
      '88 KiB of the log are not on stable storage.',
    ),
  };
}

function degradedChecks(): Checks {
  return {
    ...healthyChecks(),
    wal: check(
      'degraded',
      163_000_000,
      'bytes',
      100 * MIB,
      'The log is longer than its limit because a reader has held a view for 14 minutes: close what reads.',
    ),
    integrity: check(
      'unknown',
      null,
      'none',
      null,
      'Nothing was ever checked: run `cabinet check`.',
    ),
  };
}

function unhealthyChecks(): Checks {
  return {
    ...degradedChecks(),
    writer: check(
      'unhealthy',
      'failed',
      'none',
      null,
      'The writer stopped after an I/O error during a commit: look at the disk, then open the volume again.',
    ),
  };
}

const CHECKS: Readonly<Record<HealthName, () => Checks>> = {
  healthy: healthyChecks,
  degraded: degradedChecks,
  unhealthy: unhealthyChecks,
};

function record(
  id: number,
  kind: MaintenanceRecord['kind'],
  hoursAgo: number,
  tookMs: number,
  detail: object,
  ok = true,
): MaintenanceRecord {
  const endedMs = Date.now() - hoursAgo * HOUR_MS;
  return { id, kind, startedMs: endedMs - tookMs, endedMs, ok, detail: { ...detail } };
}

export class FakeVolume implements ServedVolume {
  readonly path: string;
  readonly metrics: Registry = new Registry();
  readonly counter: Counter;
  state: ServedVolume['state'] = 'open';
  status: HealthName = 'healthy';
  recordList: MaintenanceRecord[] = [
    record(4, 'backup', 0.4, 1840, { bytes: 412 * MIB }),
    record(3, 'backup', 24.4, 310, { message: 'The disk under /backup is full.' }, false),
    record(2, 'check', 26, 5200, {}),
    record(1, 'check', 240, 12, { by: 'creation' }),
  ];
  queueDepth = 12;
  isReadOnly = false;
  operations = 0;
  commits: { count: number; seconds: number } = { count: 0, seconds: 0 };
  walBytes = 4_200_000;
  /** What `health` and `counters` throw, when it is set. */
  failure: Error | undefined;

  constructor(path = '/srv/data/project.cabinet') {
    this.path = path;
    const registers = [this.metrics];
    this.counter = new Counter({ name: 'cabinetfs_fake_total', help: 'A count.', registers });
  }

  health(): Health {
    if (this.failure !== undefined) throw this.failure;
    const { status, path, queueDepth, isReadOnly } = this;
    const checks = CHECKS[status]();
    const value = isReadOnly ? null : queueDepth;
    const depth: HealthCheck = { ...checks.queueDepth, value, status: isReadOnly ? 'off' : 'ok' };
    return { status, atMs: Date.now(), path, checks: { ...checks, queueDepth: depth } };
  }

  counters(): ServedCounters {
    if (this.failure !== undefined) throw this.failure;
    const { walBytes, operations, commits, isReadOnly } = this;
    const sizes = { databaseBytes: 412 * MIB, pageSizeBytes: 8192, freePages: 1500, walBytes };
    if (isReadOnly) return { ...sizes, writer: null, commits: null };
    const checkpointEndedMs = Date.now() - 12_000;
    return {
      ...sizes,
      writer: { commands: operations, unsyncedCommits: 3, checkpointEndedMs },
      commits: { ...commits },
    };
  }

  records(_kind?: string, limit = 64): MaintenanceRecord[] {
    if (this.failure !== undefined) throw this.failure;
    return this.recordList.slice(0, limit);
  }
}
