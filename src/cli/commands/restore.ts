/** `cabinet restore`: a backup becomes a volume. */
import { type Command, InvalidArgumentError } from 'commander';
import { type RestoreAt, type RestoreResult, restoreVolume } from '../../index.js';
import { humanBytes, humanCount, humanSeconds } from '../format.js';
import { baseCommand, examples } from '../options.js';
import { pagesLabel } from '../pages-label.js';
import { startProgress } from '../progress.js';
import { type CommonOptions, interruptible, outputOf } from '../session.js';

interface RestoreCommandOptions extends CommonOptions {
  readonly overwrite?: boolean;
  readonly keepReplaced?: boolean;
  readonly at?: RestoreAt;
}

export function restoreCommand(): Command {
  return baseCommand('restore', 'Make a volume of a backup, or of a state in an archive.')
    .argument('<backup>', 'the backup, or the directory of an archive')
    .argument('<volume>', 'path of the volume to be made')
    .option('--overwrite', 'replace the volume that is there; nobody may have it open')
    .option('--keep-replaced', 'keep the replaced volume as <volume>.replaced-<time>')
    .option(
      '--at <when>',
      'of an archive: a time, for example 2026-05-01T12:00, or commit:<n>',
      parsePoint,
    )
    .addHelpText(
      'after',
      `
The backup is verified to the last byte before anything is replaced.
${examples(
  'cabinet restore /backups/project-monday.cabinet project.cabinet --overwrite',
  'cabinet restore /backups/archive project.cabinet --at 2026-05-01T12:00',
)}`,
    )
    .action(restore);
}

function parsePoint(text: string): RestoreAt {
  const commit = /^commit:(\d+)$/.exec(text)?.[1];
  if (commit !== undefined) return { commit: Number(commit) };
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time;
  throw new InvalidArgumentError('Give a time, for example 2026-05-01T12:00, or commit:<n>.');
}

async function restore(
  backup: string,
  volume: string,
  { overwrite = false, keepReplaced = false, at, ...options }: RestoreCommandOptions,
): Promise<void> {
  const output = outputOf(options);
  const progress = await startProgress(!output.json && !output.quiet, 'pages');
  const result = await interruptible((signal) =>
    restoreVolume(backup, volume, {
      overwrite,
      keepReplaced,
      at,
      signal,
      onProgress: (state) => {
        progress.setTotal(state.pagesTotal);
        progress.update({ done: state.pagesDone, label: pagesLabel(state) });
      },
    }),
  ).finally(() => progress.stop());
  await output.done(result, textOf(result));
}

function textOf({ path, bytes, commit, atMs, replaced, durationMs }: RestoreResult): string {
  const which = commit === null ? '' : `, commit ${humanCount(commit)}`;
  const when = atMs === null ? '' : ` of ${new Date(atMs).toISOString()}`;
  const kept = replaced === null ? '' : `The replaced volume is kept: ${replaced}\n`;
  return `Restored ${path}: ${humanBytes(bytes)}${which}${when} (${humanSeconds(durationMs)}).\n${kept}`;
}
