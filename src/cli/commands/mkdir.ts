/** `cabinet mkdir`: new directories. */
import type { Command } from 'commander';
import { counted } from '../format.js';
import { examples, parseMode, writingCommand } from '../options.js';
import { type CommonOptions, outputOf, writing } from '../session.js';

interface MkdirOptions extends CommonOptions {
  readonly parents?: boolean;
  readonly mode?: number;
}

export function mkdirCommand(): Command {
  return writingCommand('mkdir', 'Make directories.')
    .argument('<volume>', 'the volume')
    .argument('<path...>', 'directories to make')
    .option('-p, --parents', 'those above too; one that exists is no error')
    .option('-m, --mode <bits>', 'permission bits (default: 777 without the umask)', parseMode)
    .addHelpText(
      'after',
      `
Several directories are made in one step: all of them, or none.
${examples(
  'cabinet mkdir project.cabinet /docs /src',
  'cabinet mkdir project.cabinet -p /docs/pictures/2025 --mode 700',
)}`,
    )
    .action(mkdir);
}

async function mkdir(
  volumePath: string,
  paths: readonly string[],
  { parents = false, mode, ...options }: MkdirOptions,
): Promise<void> {
  await writing(volumePath, options, async (volume) => {
    const made = { recursive: parents, ...(mode === undefined ? {} : { mode }) };
    await volume.transaction((tx) => {
      for (const path of paths) tx.mkdir(path, made);
    });
    const text = `Made ${counted(paths.length, 'directory', 'directories')}.\n`;
    await outputOf(options).done({ made: paths }, text);
  });
}
