/**
 * What the server needs of a volume. Everything here answers at once, whatever the writer does; that is
 * what makes every endpoint constant-time.
 */
import type { Registry } from 'prom-client';
import type { MaintenanceRecord } from '../store/maintenance-table.js';

export type { MaintenanceRecord };

export type CheckStatus = 'ok' | 'degraded' | 'unhealthy' | 'unknown' | 'off';

export interface HealthCheck {
  readonly status: CheckStatus;
  readonly value: number | string | null;
  readonly unit: 'bytes' | 'milliseconds' | 'count' | 'none';
  readonly limit: number | null;
  readonly sinceMs: number;
  readonly message: string;
}

export interface Health {
  readonly status: 'healthy' | 'degraded' | 'unhealthy';
  readonly atMs: number;
  readonly path: string;
  readonly checks: Readonly<Record<string, HealthCheck>>;
}

/** Counters of the moment; the part of `VolumeCounters` that is drawn. */
export interface ServedCounters {
  readonly databaseBytes: number;
  readonly walBytes: number;
  readonly pageSizeBytes: number;
  readonly freePages: number;
  readonly queue: { readonly commands: number; readonly bytes: number } | null;
  readonly writer: Readonly<Record<string, number>> | null;
}

export interface ServedVolume {
  readonly path: string;
  readonly state: 'open' | 'closing' | 'closed' | 'failed';
  readonly metrics: Pick<Registry, 'metrics' | 'contentType'>;
  health(): Health;
  counters(): ServedCounters;
  /** The newest records of maintenance, newest first: a few rows by their key. */
  records(kind?: string, limit?: number): readonly MaintenanceRecord[];
}
