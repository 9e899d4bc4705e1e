/** Option group `archive`: a continuous archive, from which any retained moment can be restored. */
import { type OptionRule, text } from './option-rules.js';

export interface ArchiveOptions {
  /** Directory of the archive; it is made when it is missing. Must be given. */
  readonly dir: string;
}

export const ARCHIVE_RULES: { readonly [K in keyof ArchiveOptions]-?: OptionRule } = {
  dir: text(),
};
