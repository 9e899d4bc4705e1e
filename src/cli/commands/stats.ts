/** `cabinet stats`: what a volume holds and what it takes. */
import type { Command } from 'commander';
import type { VolumeStats } from '../../index.js';
import { humanBytes, humanCount, table } from '../format.js';
import { baseCommand, examples } from '../options.js';
import { type CommonOptions, interruptible, outputOf, reading } from '../session.js';

export function statsCommand(): Command {
  return baseCommand('stats', 'Count what a volume holds and what it takes.')
    .argument('<volume>', 'the volume')
    .addHelpText(
      'after',
      examples('cabinet stats project.cabinet', 'cabinet stats project.cabinet --json'),
    )
    .action(stats);
}

async function stats(path: string, options: CommonOptions): Promise<void> {
  await reading(path, (volume) =>
    interruptible(async (signal) => {
      const figures = await volume.stats({ signal });
      await outputOf(options).answer(figures, () => describe(figures));
    }),
  );
}

function describe(figures: VolumeStats): string {
  const count = humanCount;
  const size = humanBytes;
  const freeBytes = figures.freePages * figures.pageSizeBytes;
  const rows: readonly (readonly [string, string])[] = [
    ['Files', count(figures.files)],
    ['Directories', count(figures.directories)],
    ['Symbolic links', count(figures.symlinks)],
    ['FIFOs, sockets, devices', count(figures.others)],
    ['Without a name, still open', count(figures.orphans)],
    ['Locks held, waited for', `${count(figures.locks)}, ${count(figures.lockWaiters)}`],
    ['Size of all files', size(figures.bytes)],
    ['Content stored', size(figures.storedBytes)],
    ['Saved by sharing', size(figures.sharedBytes)],
    ['Database', size(figures.databaseBytes)],
    ['Of it free', size(freeBytes)],
    ['Log', size(figures.walBytes)],
  ];
  return table(rows, [1]);
}
