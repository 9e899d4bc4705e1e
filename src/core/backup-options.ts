/** Option group `backup`: backups that the volume makes by itself. */
import { type OptionRule, text } from './option-rules.js';

export interface BackupScheduleOptions {
  /** Directory of the backups; it is made when it is missing. Must be given. */
  readonly dir: string;
}

export const BACKUP_RULES: { readonly [K in keyof BackupScheduleOptions]-?: OptionRule } = {
  dir: text(),
};
