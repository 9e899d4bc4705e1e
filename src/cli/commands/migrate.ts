/** `cabinet migrate`: brings a volume to the schema of this software. */
import type { Command } from 'commander';
import { inspectVolume, openVolume } from '../../index.js';
import { examples, writingCommand } from '../options.js';
import { type CommonOptions, durabilityOf, outputOf } from '../session.js';

interface MigrateOptions extends CommonOptions {
  readonly dryRun?: boolean;
  readonly safetyCopy: boolean;
}

export function migrateCommand(): Command {
  return writingCommand('migrate', 'Bring a volume to the newest schema.')
    .argument('<volume>', 'the volume')
    .option('-n, --dry-run', 'only say what would be done')
    .option('--no-safety-copy', 'do not keep a verified copy beside the volume')
    .addHelpText(
      'after',
      `
Each step is one transaction: it is done, or the volume is as it was before.
${examples('cabinet migrate project.cabinet --dry-run', 'cabinet migrate project.cabinet')}`,
    )
    .action(migrate);
}

async function migrate(path: string, options: MigrateOptions): Promise<void> {
  const output = outputOf(options);
  const { pendingMigrations: pending, schemaVersion: from } = inspectVolume(path);
  if (options.dryRun === true) {
    const text = pending.length === 0 ? upToDate(path, from) : `Pending: ${pending.join(', ')}.\n`;
    await output.answer({ from, pending }, () => text);
    return;
  }
  const { safetyCopy } = options;
  const volume = await openVolume(path, { create: false, safetyCopy, ...durabilityOf(options) });
  const report = volume.migrations;
  await volume.close();
  const applied = report?.applied ?? [];
  const document = {
    from,
    to: report?.to ?? from,
    applied,
    safetyCopy: report?.safetyCopy ?? null,
  };
  await output.done(document, applied.length === 0 ? upToDate(path, from) : describe(document));
}

function upToDate(path: string, version: number): string {
  return `${path} has the newest schema (version ${version}).\n`;
}

function describe({
  applied,
  safetyCopy,
}: {
  applied: readonly string[];
  safetyCopy: string | null;
}): string {
  const copy = safetyCopy === null ? '' : `\nA copy from before is in ${safetyCopy}.`;
  return `Applied: ${applied.join(', ')}.${copy}\n`;
}
