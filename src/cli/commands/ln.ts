/** `cabinet ln`: hard and symbolic links. */

import type { Stats } from 'node:fs';
import { posix } from 'node:path';
import type { Command } from 'commander';
import type { Volume } from '../../index.js';
import { examples, writingCommand } from '../options.js';
import { type CommonOptions, outputOf, writing } from '../session.js';

interface LnOptions extends CommonOptions {
  readonly symbolic?: boolean;
}

export function lnCommand(): Command {
  return writingCommand('ln', 'Make a link to a file.')
    .argument('<volume>', 'the volume')
    .argument('<target>', 'an existing file; with -s any text')
    .argument('<path>', "the link, or the directory it goes into under the target's name")
    .option('-s, --symbolic', 'a symbolic link')
    .addHelpText(
      'after',
      examples(
        'cabinet ln project.cabinet /data.bin /also-data.bin',
        'cabinet ln project.cabinet -s ../releases/7 /current',
      ),
    )
    .action(ln);
}

async function ln(
  volumePath: string,
  target: string,
  path: string,
  { symbolic = false, ...options }: LnOptions,
): Promise<void> {
  await writing(volumePath, options, async (volume) => {
    const link = (await isDirectory(volume, path))
      ? posix.join(path, posix.basename(target))
      : path;
    if (symbolic) await volume.fs.promises.symlink(target, link);
    else await volume.fs.promises.link(target, link);
    await outputOf(options).done({ target, path: link, symbolic }, `Made ${link}.\n`);
  });
}

async function isDirectory(volume: Volume, path: string): Promise<boolean> {
  const stats = await volume.fs.promises.stat(path).catch(() => undefined);
  return (stats as Stats | undefined)?.isDirectory() === true;
}
