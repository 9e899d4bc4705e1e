/**
 * What the server needs of a volume. Everything here answers at once, whatever the writer does; that is
 * what makes every endpoint constant-time.
 */
import type { Registry } from 'prom-client';
import type { Health } from '../health/health.js';
import type { MaintenanceKind, MaintenanceRecord } from '../store/maintenance-table.js';

export type { Health, HealthCheck, HealthCheckName } from '../health/health.js';
export type { MaintenanceRecord };

/** Counters of the moment; the part of `VolumeCounters` that is drawn. */
export interface ServedCounters {
  readonly databaseBytes: number;
  readonly walBytes: number;
  readonly pageSizeBytes: number;
  readonly freePages: number;
  /** Null: open for reading only. */
  readonly writer: {
    readonly commands: number;
    readonly unsyncedCommits: number;
    /** Milliseconds since 1970; 0 when there was none yet. */
    readonly checkpointEndedMs: number;
  } | null;
  /** Null: open for reading only. */
  readonly commits: { readonly count: number; readonly seconds: number } | null;
}

export interface ServedVolume {
  readonly path: string;
  readonly state: 'open' | 'closing' | 'closed' | 'failed';
  readonly metrics: Pick<Registry, 'metrics' | 'contentType'>;
  health(): Health;
  counters(): ServedCounters;
  /** The newest records of maintenance, newest first: a few rows by their key. */
  records(kind?: MaintenanceKind, limit?: number): readonly MaintenanceRecord[];
}
