/** `cabinet info`: what kind of volume a file is; nothing is changed and no migration is run. */
import type { Command } from 'commander';
import { inspectVolume, type VolumeDescription } from '../../index.js';
import { humanBytes, table } from '../format.js';
import { baseCommand, examples } from '../options.js';
import { type CommonOptions, outputOf } from '../session.js';

export function infoCommand(): Command {
  return baseCommand('info', 'Show what kind of volume a file is, without opening it for writing.')
    .argument('<volume>', 'the volume')
    .addHelpText(
      'after',
      examples('cabinet info project.cabinet', 'cabinet info project.cabinet --json'),
    )
    .action(info);
}

async function info(path: string, options: CommonOptions): Promise<void> {
  const description = inspectVolume(path);
  await outputOf(options).answer(description, () => describe(description));
}

function describe(volume: VolumeDescription): string {
  const { pendingMigrations: pending } = volume;
  const schema = `version ${volume.schemaVersion}`;
  return table([
    ['Volume', volume.path],
    ['Id', volume.volumeId],
    ['Created by', volume.createdBy],
    ['Schema', pending.length === 0 ? schema : `${schema}; pending: ${pending.join(', ')}`],
    ['Page size', humanBytes(volume.pageSizeBytes)],
    ['Chunk size', humanBytes(volume.chunkSizeBytes)],
    ['Size of the file', humanBytes(volume.fileBytes)],
    ['Of it free', humanBytes(volume.freeBytes)],
    ['Size of the log', humanBytes(volume.walBytes)],
  ]);
}
