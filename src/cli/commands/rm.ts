/** `cabinet rm`: removes files and trees. */
import type { Command } from 'commander';
import { counted } from '../format.js';
import { examples, writingCommand } from '../options.js';
import { type CommonOptions, outputOf, writing } from '../session.js';

interface RmOptions extends CommonOptions {
  readonly recursive?: boolean;
  readonly force?: boolean;
}

export function rmCommand(): Command {
  return writingCommand('rm', 'Remove files and directories.')
    .argument('<volume>', 'the volume')
    .argument('<path...>', 'what to remove')
    .option('-r, --recursive', 'directories too, with everything below them')
    .option('-f, --force', 'what is not there is no error')
    .addHelpText(
      'after',
      `
Several paths are removed in one step: all of them, or none.
${examples(
  'cabinet rm project.cabinet /notes.txt',
  'cabinet rm project.cabinet -r /node_modules /dist',
)}`,
    )
    .action(rm);
}

async function rm(
  volumePath: string,
  paths: readonly string[],
  { recursive = false, force = false, ...options }: RmOptions,
): Promise<void> {
  await writing(volumePath, options, async (volume) => {
    await volume
      .transaction((tx) => {
        for (const path of paths) tx.rm(path, { recursive, force });
      })
      .catch((error: unknown) => {
        throw withHint(error);
      });
    const text = `Removed ${counted(paths.length, 'path')}.\n`;
    await outputOf(options).done({ removed: paths }, text);
  });
}

function withHint(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  const isDirectory = code === 'EISDIR' || code === 'ERR_FS_EISDIR';
  if (!isDirectory) return error;
  return Object.assign(error as object, { hint: 'Use -r to remove a directory.' });
}
