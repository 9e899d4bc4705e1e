/** Option group `backup`: backups that the volume makes by itself. docs/schedules.md explains them. */
import { group, integer, list, type OptionRule, text } from './option-rules.js';

/** A backup is made when both are met: time since the last one, and changes since. */
export interface BackupRule {
  /** Time since the last backup, in seconds. @defaultValue 900 */
  readonly everySeconds?: number;
  /** Changes since the last backup. @defaultValue 1 */
  readonly minChanges?: number;
}

/** How many backups are kept. The newest is always kept. */
export interface BackupKeepOptions {
  /** The newest ones. @defaultValue 8 */
  readonly last?: number;
  /** The last one of an hour, for so many hours that have one. @defaultValue 24 */
  readonly hourly?: number;
  /** The last one of a day, for so many days that have one. @defaultValue 7 */
  readonly daily?: number;
  /** The last one of a week, for so many weeks that have one. @defaultValue 4 */
  readonly weekly?: number;
}

export interface BackupScheduleOptions {
  /** Directory of the backups; it is made when it is missing. Must be given. */
  readonly dir: string;
  /** A backup is made when any of these is met. From 1 to 16; see docs/schedules.md for the default. */
  readonly rules?: readonly BackupRule[];
  /** Which backups are kept; others are removed. */
  readonly keep?: BackupKeepOptions;
}

const YEAR_SECONDS = 31_536_000;
const CHANGES_MAX = 1_000_000_000;
const KEPT_MAX = 10_000;
const RULES_MAX = 16;

const RULE: { readonly [K in keyof BackupRule]-?: OptionRule } = {
  everySeconds: integer(900, 1, YEAR_SECONDS),
  minChanges: integer(1, 1, CHANGES_MAX),
};

const KEEP: { readonly [K in keyof BackupKeepOptions]-?: OptionRule } = {
  last: integer(8, 0, KEPT_MAX),
  hourly: integer(24, 0, KEPT_MAX),
  daily: integer(7, 0, KEPT_MAX),
  weekly: integer(4, 0, KEPT_MAX),
};

/** A quarter of an hour when anything changed, a minute when much did. */
export const BACKUP_RULES_DEFAULT: readonly Required<BackupRule>[] = [
  { everySeconds: 900, minChanges: 1 },
  { everySeconds: 60, minChanges: 10_000 },
];

export const BACKUP_RULES: { readonly [K in keyof BackupScheduleOptions]-?: OptionRule } = {
  dir: text(),
  rules: list(RULE, BACKUP_RULES_DEFAULT, RULES_MAX),
  keep: group(KEEP),
};

/** All options of the group, with their defaults. */
export interface ResolvedBackupSchedule {
  readonly dir: string;
  readonly rules: readonly Required<BackupRule>[];
  readonly keep: Required<BackupKeepOptions>;
}
