/** Option group `integrity`: when the volume is checked by itself. */
import { flag, type OptionRule } from './option-rules.js';

export interface IntegrityOptions {
  /** Check quickly when the volume was not closed cleanly. @defaultValue true */
  readonly quickAfterCrash?: boolean;
}

export const INTEGRITY_RULES: { readonly [K in keyof IntegrityOptions]-?: OptionRule } = {
  quickAfterCrash: flag(true),
};
