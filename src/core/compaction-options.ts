/** Option group `compaction`: when space is given back to the system by itself. */
import { flag, integer, type OptionRule } from './option-rules.js';

export interface CompactionOptions {
  /** Give free pages back while the writer is idle. @defaultValue true */
  readonly auto?: boolean;
  /** Share of free pages from which on that is worth it, in percent of the database. @defaultValue 25 */
  readonly minFreePercent?: number;
  /** Size of the free pages from which on it is worth it, in bytes; both must be reached. @defaultValue 67108864 */
  readonly minFreeBytes?: number;
}

export const COMPACTION_RULES: { readonly [K in keyof CompactionOptions]-?: OptionRule } = {
  auto: flag(true),
  minFreePercent: integer(25, 0, 100),
  minFreeBytes: integer(64 * 1024 * 1024, 0, Number.MAX_SAFE_INTEGER),
};
