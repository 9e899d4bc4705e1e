/** `cabinet migrate`: brings a volume to the schema of this software. */
import type { Command } from 'commander';
import {
  type MigrateProgress,
  type MigrationPlan,
  type MigrationReport,
  migrateVolume,
  planMigration,
} from '../../index.js';
import { humanBytes } from '../format.js';
import { baseCommand, examples } from '../options.js';
import { startPhases } from '../phases.js';
import { type CommonOptions, interruptible, outputOf } from '../session.js';

interface MigrateOptions extends CommonOptions {
  readonly dryRun?: boolean;
  readonly safetyCopy: boolean;
}

export function migrateCommand(): Command {
  return baseCommand('migrate', 'Bring a volume to the newest schema.')
    .argument('<volume>', 'the volume')
    .option('-n, --dry-run', 'only say what would be done')
    .option('--no-safety-copy', 'do not keep a verified copy beside the volume')
    .addHelpText(
      'after',
      `
Each step is one transaction: it is done, or the volume is as it was before.
Interrupted at any moment, it is of the old schema or of a newer one, and whole.
${examples('cabinet migrate project.cabinet --dry-run', 'cabinet migrate project.cabinet')}`,
    )
    .action(migrate);
}

async function migrate(path: string, options: MigrateOptions): Promise<void> {
  const output = outputOf(options);
  if (options.dryRun === true) {
    const plan = planMigration(path);
    await output.answer(plan, () => planText(path, plan, options.safetyCopy));
    return;
  }
  const phases = await startPhases(!output.json && !output.quiet);
  const onProgress = ({ phase, done, total, step }: MigrateProgress): void =>
    phases.update(phase === 'copy' ? 'bytes' : 'steps', {
      done,
      total,
      label: step ?? 'safety copy',
    });
  const { safetyCopy } = options;
  const report = await interruptible((signal) =>
    migrateVolume(path, { safetyCopy, onProgress, signal }),
  ).finally(() => phases.stop());
  const { from, to, applied, safetyCopy: copy = null } = report;
  await output.done({ from, to, applied, safetyCopy: copy }, reportText(path, report));
}

function upToDate(path: string, version: number): string {
  return `${path} has the newest schema (version ${version}).\n`;
}

function planText(path: string, plan: MigrationPlan, wantsCopy: boolean): string {
  const { from, to, pending, safetyCopy, freeBytes } = plan;
  if (safetyCopy === null) return upToDate(path, from);
  const steps = pending.map((name, index) => `  ${index + 1}. ${name}\n`).join('');
  const text = `${path}: from schema ${from} to ${to}.\n${steps}`;
  if (!wantsCopy) return `${text}No safety copy.\n`;
  const room = freeBytes >= safetyCopy.bytes ? '' : ': not enough';
  const sizes = `${humanBytes(safetyCopy.bytes)}, ${humanBytes(freeBytes)} are free${room}`;
  return `${text}Safety copy: ${safetyCopy.path} (${sizes}).\n`;
}

function reportText(path: string, { to, applied, safetyCopy }: MigrationReport): string {
  if (applied.length === 0) return upToDate(path, to);
  const copy = safetyCopy === undefined ? '' : `\nA copy from before is in ${safetyCopy}.`;
  return `Applied: ${applied.join(', ')}.${copy}\n`;
}
