/** Option group `health`: from which values on a check is degraded or unhealthy. */
import { integer, type OptionRule } from './option-rules.js';

export interface HealthOptions {
  /** Size of the write-ahead log above which health is degraded, in bytes. @defaultValue 100000000 */
  readonly walBytesMax?: number;
  /** Writes in the queue above which health is degraded. @defaultValue 1000 */
  readonly queueCommandsMax?: number;
}

export const HEALTH_RULES: { readonly [K in keyof HealthOptions]-?: OptionRule } = {
  walBytesMax: integer(100_000_000, 0, Number.MAX_SAFE_INTEGER),
  queueCommandsMax: integer(1000, 0, 10_000_000),
};
