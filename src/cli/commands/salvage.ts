/** `cabinet salvage`: everything that is still readable, out of a damaged volume. */
import type { Command } from 'commander';
import { type SalvagedEntry, type SalvageResult, salvageVolume } from '../../index.js';
import { EXIT } from '../exit-codes.js';
import { counted, humanBytes, humanSeconds, shownName } from '../format.js';
import { baseCommand, examples } from '../options.js';
import { startProgress } from '../progress.js';
import { type CommonOptions, interruptible, outputOf } from '../session.js';

interface SalvageCommandOptions extends CommonOptions {
  readonly partial: boolean;
  readonly owners?: boolean;
}

/** The report has all of them. */
const LINES_MAX = 20;

export function salvageCommand(): Command {
  return baseCommand('salvage', 'Get everything readable out of a damaged volume.')
    .argument('<volume>', 'the volume; it is only read, and nothing is made beside it')
    .argument('<dir>', 'a new or empty directory')
    .option('--no-partial', 'leave damaged files out instead of writing what is left of them')
    .option('--owners', 'give every entry its user and group (default: when run by root)')
    .option('--no-owners', 'everything belongs to who runs the command')
    .addHelpText(
      'after',
      `
Reads the pages of the file itself: it works where SQLite gives up. Files that
are whole come out under their paths, damaged ones as '<name>.damaged', what has
lost its path as 'lost+found/<inode number>'. 'salvage-report.txt' and '.json'
list all that is not whole. Close the volume first. Ends with 0 when everything
came out whole, with 6 when not.
${examples('cabinet salvage project.cabinet ./rescued')}`,
    )
    .action(salvage);
}

async function salvage(
  path: string,
  dir: string,
  { partial, owners, ...common }: SalvageCommandOptions,
): Promise<void> {
  const output = outputOf(common);
  const progress = await startProgress(!output.json && !output.quiet, 'steps');
  const result = await interruptible((signal) =>
    salvageVolume(path, dir, {
      partial,
      owners,
      signal,
      onProgress: ({ phase, done, total, path: at }) => {
        progress.setTotal(total);
        progress.update({ done, label: phase === 'read' ? 'reading pages' : at });
      },
    }),
  ).finally(() => progress.stop());
  await output.done(result, textOf(result));
  if (!result.isComplete) process.exitCode = EXIT.incomplete;
}

function textOf(result: SalvageResult): string {
  const { intact, partial, lost, directories, bytes, durationMs, entries, entriesTotal } = result;
  const lines = entries.slice(0, LINES_MAX).map(lineOf);
  const more = entriesTotal - lines.length;
  if (more > 0) lines.push(`... and ${counted(more, 'more entry', 'more entries')}`);
  lines.push(...result.notes);
  const whole = `${counted(intact, 'file')} whole, ${counted(directories, 'directory', 'directories')}`;
  const rest = result.isComplete ? 'nothing is missing' : `${partial} in part, ${lost} lost`;
  lines.push(`${whole}; ${rest}: ${humanBytes(bytes)} in ${humanSeconds(durationMs)}.`);
  lines.push(`The report is ${shownName(result.textReportPath)}.`);
  return `${lines.join('\n')}\n`;
}

function lineOf({ path, ino, status, reason }: SalvagedEntry): string {
  return `${status}  ${path === null ? `inode ${ino}` : shownName(path)}: ${reason}`;
}
