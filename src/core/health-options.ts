/**
 * Option group `health`: from which values on a check is degraded or unhealthy. Those that can be
 * switched off are off with 0.
 */
import { integer, type OptionRule } from './option-rules.js';

export interface HealthOptions {
  /** Size of the write-ahead log above which health is degraded, in bytes. @defaultValue 104857600 */
  readonly walBytesMax?: number;
  /** Size of the write-ahead log above which it is unhealthy, in bytes; 0: never. @defaultValue 0 */
  readonly walBytesUnhealthy?: number;
  /** Writes in the queues of all threads above which it is degraded. @defaultValue 1000 */
  readonly queueCommandsMax?: number;
  /** Bytes in the queues of all threads above which it is degraded. @defaultValue 50331648 */
  readonly queueBytesMax?: number;
  /** Age of the oldest write that is not answered above which it is degraded, in milliseconds. @defaultValue 5000 */
  readonly queueAgeMaxMs?: number;
  /** Age of the oldest view that is being read above which it is degraded, in milliseconds. @defaultValue 300000 */
  readonly snapshotAgeMaxMs?: number;
  /** Free disk space below which it is degraded, in bytes. @defaultValue 268435456 */
  readonly freeDiskBytesMin?: number;
  /** Free disk space below which it is unhealthy, in bytes. @defaultValue 33554432 */
  readonly freeDiskBytesUnhealthy?: number;
  /** Silence of the writer, or work on one batch, above which it is degraded, in milliseconds. @defaultValue 3000 */
  readonly writerSilenceMaxMs?: number;
  /** The same above which it is unhealthy, in milliseconds. @defaultValue 8000 */
  readonly writerSilenceUnhealthyMs?: number;
  /** Age of the last check above which it is degraded, in seconds; 0: never. @defaultValue 2592000 */
  readonly integrityAgeMaxSeconds?: number;
  /** Age of the last good backup above which it is degraded, in seconds; 0: backups are not expected. @defaultValue 0 */
  readonly backupAgeMaxSeconds?: number;
  /** How far the archive may be behind before it is degraded, in milliseconds. @defaultValue 300000 */
  readonly archiveLagMaxMs?: number;
  /** How long a reader may keep the log from being moved before it is degraded, in milliseconds. @defaultValue 300000 */
  readonly walHeldMaxMs?: number;
  /** Bytes of the log that are not on stable storage above which it is degraded. @defaultValue 268435456 */
  readonly unsyncedBytesMax?: number;
}

const MIB = 1024 * 1024;
const BYTES_MAX = Number.MAX_SAFE_INTEGER;
const SECONDS_MAX = 2 ** 31 - 1;
const DAY_SECONDS = 86_400;
const AGE_MS_MAX = 2 ** 31 - 1;

export const HEALTH_RULES: { readonly [K in keyof HealthOptions]-?: OptionRule } = {
  walBytesMax: integer(100 * MIB, 0, BYTES_MAX),
  walBytesUnhealthy: integer(0, 0, BYTES_MAX),
  queueCommandsMax: integer(1000, 0, 10_000_000),
  queueBytesMax: integer(48 * MIB, 0, BYTES_MAX),
  queueAgeMaxMs: integer(5000, 1, AGE_MS_MAX),
  snapshotAgeMaxMs: integer(300_000, 1, AGE_MS_MAX),
  freeDiskBytesMin: integer(256 * MIB, 0, BYTES_MAX),
  freeDiskBytesUnhealthy: integer(32 * MIB, 0, BYTES_MAX),
  writerSilenceMaxMs: integer(3000, 1, AGE_MS_MAX),
  writerSilenceUnhealthyMs: integer(8000, 1, AGE_MS_MAX),
  integrityAgeMaxSeconds: integer(30 * DAY_SECONDS, 0, SECONDS_MAX),
  backupAgeMaxSeconds: integer(0, 0, SECONDS_MAX),
  archiveLagMaxMs: integer(300_000, 1, AGE_MS_MAX),
  walHeldMaxMs: integer(300_000, 1, AGE_MS_MAX),
  unsyncedBytesMax: integer(256 * MIB, 0, BYTES_MAX),
};
