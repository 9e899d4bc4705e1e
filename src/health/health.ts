/** What health says: a verdict per check, and one for the volume. */

/** `off`: not configured, or not possible here; does not count. `unknown` counts as degraded. */
export type CheckStatus = 'ok' | 'degraded' | 'unhealthy' | 'unknown' | 'off';

export const CHECK_STATUSES: readonly CheckStatus[] = [
  'ok',
  'degraded',
  'unhealthy',
  'unknown',
  'off',
];

/** The checks, in the order in which they are told. */
export const HEALTH_CHECK_NAMES = [
  'writer',
  'queueDepth',
  'queueBytes',
  'queueAge',
  'wal',
  'snapshot',
  'readers',
  'disk',
  'integrity',
  'backup',
  'archive',
  'checkpoint',
  'unsynced',
] as const;

export type HealthCheckName = (typeof HEALTH_CHECK_NAMES)[number];

export type HealthUnit = 'bytes' | 'milliseconds' | 'count' | 'none';

/** What one check finds. */
export interface Verdict {
  readonly status: CheckStatus;
  readonly value: number | string | null;
  readonly unit: HealthUnit;
  /** The value from which on it is no longer `ok`; null when there is none. */
  readonly limit: number | null;
  /** One sentence: what it is, and what to do about it. */
  readonly message: string;
}

/** What is the same in all verdicts of a check. */
type VerdictBase = Partial<Pick<Verdict, 'value' | 'limit'>> & Pick<Verdict, 'unit'>;

/** A verdict; `own` goes before `base`. Field by field: spreading objects was half the time of a call. */
export function verdict(
  base: VerdictBase,
  status: CheckStatus,
  message: string,
  own: Partial<Pick<Verdict, 'value' | 'limit'>> = {},
): Verdict {
  const { value = base.value ?? null, limit = base.limit ?? null } = own;
  return { status, value, unit: base.unit, limit, message };
}

export interface HealthCheck extends Verdict {
  /** Since when it has this status, in milliseconds since 1970. */
  readonly sinceMs: number;
}

export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy';

export interface Health {
  /** The worst of the checks; one that is unknown counts as degraded. */
  readonly status: HealthStatus;
  /** When this was said, in milliseconds since 1970. */
  readonly atMs: number;
  /** Absolute path of the volume's file. */
  readonly path: string;
  readonly checks: Readonly<Record<HealthCheckName, HealthCheck>>;
}

export function overallStatus(statuses: readonly CheckStatus[]): HealthStatus {
  if (statuses.includes('unhealthy')) return 'unhealthy';
  return statuses.includes('degraded') || statuses.includes('unknown') ? 'degraded' : 'healthy';
}
