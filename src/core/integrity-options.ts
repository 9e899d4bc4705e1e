/** Option group `integrity`: when the volume is checked by itself. */
import { flag, integer, type OptionRule } from './option-rules.js';

export interface IntegrityOptions {
  /** Check quickly when the volume was not closed cleanly. @defaultValue true */
  readonly quickAfterCrash?: boolean;
  /** Time from one check of the whole volume to the next, in seconds; 0: none by schedule. @defaultValue 0 */
  readonly everySeconds?: number;
  /** Whether checks by schedule read all content and compare its checksums. @defaultValue true */
  readonly content?: boolean;
  /** Most of one processor core that a check by itself uses, in percent. @defaultValue 25 */
  readonly sharePercent?: number;
}

const YEARS_10_S = 315_360_000;

export const INTEGRITY_RULES: { readonly [K in keyof IntegrityOptions]-?: OptionRule } = {
  quickAfterCrash: flag(true),
  everySeconds: integer(0, 0, YEARS_10_S),
  content: flag(true),
  sharePercent: integer(25, 1, 100),
};
