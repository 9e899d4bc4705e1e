/** `cabinet mv`: renames and moves inside a volume. */
import { posix } from 'node:path';
import type { Command } from 'commander';
import type { Stats, Volume } from '../../index.js';
import { FsError } from '../../index.js';
import { examples, writingCommand } from '../options.js';
import { type CommonOptions, outputOf, writing } from '../session.js';

interface MvOptions extends CommonOptions {
  readonly force?: boolean;
}

export function mvCommand(): Command {
  return writingCommand('mv', 'Rename or move a file or directory.')
    .argument('<volume>', 'the volume')
    .argument('<from>', 'what to move')
    .argument('<to>', 'its new path, or the directory that it moves into')
    .option('-f, --force', 'replace a file that is there')
    .addHelpText(
      'after',
      examples(
        'cabinet mv project.cabinet /draft.txt /final.txt',
        'cabinet mv project.cabinet /final.txt /archive/',
      ),
    )
    .action(mv);
}

async function mv(
  volumePath: string,
  from: string,
  to: string,
  { force = false, ...options }: MvOptions,
): Promise<void> {
  await writing(volumePath, options, async (volume) => {
    const target = (await isDirectory(volume, to)) ? posix.join(to, posix.basename(from)) : to;
    if (!force && (await exists(volume, target))) {
      throw Object.assign(new FsError('EEXIST', { syscall: 'rename', path: from, dest: target }), {
        hint: 'Use --force to replace it.',
      });
    }
    await volume.fs.promises.rename(from, target);
    await outputOf(options).done({ from, to: target }, `Moved ${from} to ${target}.\n`);
  });
}

async function isDirectory(volume: Volume, path: string): Promise<boolean> {
  const stats = await volume.fs.promises.stat(path).catch(() => undefined);
  return (stats as Stats | undefined)?.isDirectory() === true;
}

async function exists(volume: Volume, path: string): Promise<boolean> {
  return (await volume.fs.promises.lstat(path).catch(() => undefined)) !== undefined;
}
