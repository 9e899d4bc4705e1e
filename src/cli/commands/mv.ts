/** `cabinet mv`: renames and moves inside a volume. */

import type { Stats } from 'node:fs';
import { posix } from 'node:path';
import type { Command } from 'commander';
import type { Volume } from '../../index.js';
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
    const existing = await look(volume, target);
    if (!force && existing !== undefined) {
      throw Object.assign(new FsError('EEXIST', { syscall: 'rename', path: from, dest: target }), {
        hint: 'Use --force to replace it.',
      });
    }
    if (await areTwoNames(volume, from, target)) await volume.fs.promises.unlink(from);
    else await volume.fs.promises.rename(from, target);
    await outputOf(options).done({ from, to: target }, `Moved ${from} to ${target}.\n`);
  });
}

async function isDirectory(volume: Volume, path: string): Promise<boolean> {
  const stats = await volume.fs.promises.stat(path).catch(() => undefined);
  return (stats as Stats | undefined)?.isDirectory() === true;
}

async function look(volume: Volume, path: string): Promise<Stats | undefined> {
  return (await volume.fs.promises.lstat(path).catch(() => undefined)) as Stats | undefined;
}

/** Two names of one file: rename(2) would leave both, and a person wants one. */
async function areTwoNames(volume: Volume, from: string, to: string): Promise<boolean> {
  const [source, target] = await Promise.all([look(volume, from), look(volume, to)]);
  if (source === undefined || target === undefined || source.isDirectory()) return false;
  if (source.ino !== target.ino) return false;
  const [left, right] = await Promise.all([placeOf(volume, from), placeOf(volume, to)]);
  return left !== right;
}

/** The path of a name, with no links and dots on the way to it. */
async function placeOf(volume: Volume, path: string): Promise<string> {
  const whole = posix.resolve('/', path);
  const directory = (await volume.fs.promises.realpath(posix.dirname(whole))) as string;
  return posix.join(directory, posix.basename(whole));
}
