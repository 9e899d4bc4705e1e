/** Flags by which a command that keeps a volume open makes backups: from text to the option `backup`. */
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { BackupRule, BackupScheduleOptions } from '../core/backup-options.js';
import { UsageError } from './failure.js';
import { given, parseCount, parseDuration } from './options.js';

/** What commander gives for the flags. */
export interface BackupFlags {
  readonly backupDir?: string;
  readonly backupEvery?: readonly BackupRule[];
  readonly backupMinChanges?: number;
  readonly keepLast?: number;
  readonly keepHourly?: number;
  readonly keepDaily?: number;
  readonly keepWeekly?: number;
}

/** `15m`, or `1m:10000` with the changes that it takes; adds it to those before. */
export function parseRule(text: string, before: readonly BackupRule[] = []): readonly BackupRule[] {
  const [duration = '', changes, ...more] = text.split(':');
  if (more.length > 0) throw new InvalidArgumentError('A rule is 15m, or 1m:10000 with changes.');
  const everySeconds = parseDuration(duration);
  const rule = changes === undefined ? {} : { minChanges: parseCount(changes) };
  return [...before, { everySeconds, ...rule }];
}

/** Adds the flags to a command. */
export function withBackupFlags(command: Command): Command {
  return command
    .option('--backup-dir <dir>', 'make backups by itself, into this directory')
    .option('--backup-every <time[:changes]>', 'how often; may be given several times', parseRule)
    .option('--backup-min-changes <n>', 'only after so many changes', parseCount)
    .option('--keep-last <n>', 'keep the newest backups', parseCount)
    .option('--keep-hourly <n>', 'keep one of each of so many hours', parseCount)
    .option('--keep-daily <n>', 'keep one of each of so many days', parseCount)
    .option('--keep-weekly <n>', 'keep one of each of so many weeks', parseCount);
}

function ruleOf(rule: BackupRule, minChanges: number | undefined): BackupRule {
  return minChanges === undefined || rule.minChanges !== undefined ? rule : { ...rule, minChanges };
}

/** The rules; with changes alone the usual times hold for the first. */
function rulesOf({
  backupEvery,
  backupMinChanges,
}: BackupFlags): readonly BackupRule[] | undefined {
  if (backupEvery !== undefined) return backupEvery.map((rule) => ruleOf(rule, backupMinChanges));
  return backupMinChanges === undefined ? undefined : [{ minChanges: backupMinChanges }];
}

/** The flags as they are written on a command line, for a process that works in another directory. */
export function backupArgumentsOf(flags: BackupFlags): string[] {
  const { backupDir, backupEvery = [], backupMinChanges } = flags;
  const { keepLast, keepHourly, keepDaily, keepWeekly } = flags;
  const count = (name: string, value: number | undefined): string[] =>
    value === undefined ? [] : [name, String(value)];
  return [
    ...(backupDir === undefined ? [] : ['--backup-dir', resolve(backupDir)]),
    ...backupEvery.flatMap((rule) => ['--backup-every', ruleText(rule)]),
    ...count('--backup-min-changes', backupMinChanges),
    ...count('--keep-last', keepLast),
    ...count('--keep-hourly', keepHourly),
    ...count('--keep-daily', keepDaily),
    ...count('--keep-weekly', keepWeekly),
  ];
}

function ruleText({ everySeconds, minChanges }: BackupRule): string {
  return minChanges === undefined ? `${everySeconds}s` : `${everySeconds}s:${minChanges}`;
}

/** The option `backup` for `openVolume`; undefined when no backups are asked for. */
export function backupOptionsOf(flags: BackupFlags): BackupScheduleOptions | undefined {
  const { backupDir, keepLast, keepHourly, keepDaily, keepWeekly } = flags;
  const rules = rulesOf(flags);
  const keep = given({ last: keepLast, hourly: keepHourly, daily: keepDaily, weekly: keepWeekly });
  const hasKeep = Object.keys(keep).length > 0;
  if (backupDir === undefined) {
    if (rules === undefined && !hasKeep) return undefined;
    throw new UsageError(
      'Without --backup-dir no backups are made.',
      'Add --backup-dir, or leave out the other flags about backups.',
    );
  }
  return { dir: backupDir, ...given({ rules }), ...(hasKeep ? { keep } : {}) };
}
