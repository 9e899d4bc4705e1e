/** `cabinet create`: a new, empty volume. */

import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { inspectVolume, openVolume, VolumeError } from '../../index.js';
import { examples, parseSize, writingCommand } from '../options.js';
import { type CommonOptions, durabilityOf, outputOf } from '../session.js';

interface CreateOptions extends CommonOptions {
  readonly pageSize?: number;
  readonly chunkSize?: number;
}

export function createCommand(): Command {
  return writingCommand('create', 'Make a new, empty volume.')
    .argument('<volume>', 'path of the file to be made')
    .option('--page-size <bytes>', 'size of a database page (default: 8K)', parseSize)
    .option('--chunk-size <bytes>', 'size of a chunk of file content (default: 64K)', parseSize)
    .addHelpText(
      'after',
      examples(
        'cabinet create project.cabinet',
        'cabinet create big-files.cabinet --chunk-size 1M',
      ),
    )
    .action(create);
}

async function create(path: string, options: CreateOptions): Promise<void> {
  if (existsSync(path)) {
    throw new VolumeError('ERR_VOLUME_EXISTS', `'${path}' exists already.`, {
      path,
      hint: 'Choose another path, or remove the file first.',
    });
  }
  const volume = await openVolume(path, {
    create: true,
    ...durabilityOf(options),
    ...(options.pageSize === undefined ? {} : { pageSizeBytes: options.pageSize }),
    ...(options.chunkSize === undefined ? {} : { chunkSizeBytes: options.chunkSize }),
  });
  await volume.close();
  const { volumeId } = inspectVolume(path);
  await outputOf(options).done({ path: volume.path, volumeId }, `Created ${path}.\n`);
}
