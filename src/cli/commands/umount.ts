/** `cabinet umount`: ends a mount, whichever process serves it. */
import type { Command } from 'commander';
import { unmountDirectory } from '../../index.js';
import { baseCommand, examples } from '../options.js';
import { type CommonOptions, outputOf } from '../session.js';

interface UmountCommandOptions extends CommonOptions {
  readonly force?: boolean;
}

export function umountCommand(): Command {
  return baseCommand('umount', 'End the mount of a volume.')
    .argument('<directory>', 'where it is mounted')
    .option('-f, --force', 'take it out of the tree although it is in use')
    .addHelpText(
      'after',
      `
Returns when everything that was written is in the volume. A mount whose server
was killed is taken away, too. With --force it is served until its last user
lets go.
${examples('cabinet umount /mnt/project', 'cabinet umount /mnt/project --force')}`,
    )
    .action(umount);
}

async function umount(directory: string, options: UmountCommandOptions): Promise<void> {
  const { force = false } = options;
  const document = await unmountDirectory(directory, { force });
  const { dir, wasStale } = document;
  const text = wasStale ? `${dir} had lost its server, and is free again\n` : `unmounted ${dir}\n`;
  await outputOf(options).done(document, text);
}
