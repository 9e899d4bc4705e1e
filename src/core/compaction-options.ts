/** Option group `compaction`: when space is given back to the system by itself. */
import { flag, type OptionRule } from './option-rules.js';

export interface CompactionOptions {
  /** Give free pages back while the writer is idle. @defaultValue true */
  readonly auto?: boolean;
}

export const COMPACTION_RULES: { readonly [K in keyof CompactionOptions]-?: OptionRule } = {
  auto: flag(true),
};
