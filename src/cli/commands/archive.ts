/** `cabinet archive`: a continuous archive of a volume, and what can be restored from it. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { type ArchiveStatus, listArchive, type RestorePoint, type Volume } from '../../index.js';
import { counted, humanBytes, table } from '../format.js';
import { examples, given, parseDuration, writingCommand } from '../options.js';
import type { Output } from '../output.js';
import {
  type CommonOptions,
  durabilityOf,
  interruptible,
  outputOf,
  withVolume,
} from '../session.js';

interface ArchiveCommandOptions extends CommonOptions {
  readonly every?: number;
  readonly baseEvery?: number;
  readonly keep?: number;
  readonly once?: boolean;
  readonly list?: boolean;
}

const LOOK_EVERY_MS = 250;

export function archiveCommand(): Command {
  return writingCommand('archive', 'Keep a continuous archive of a volume.')
    .argument('<volume>', 'the volume; it may be in use')
    .argument('<dir>', 'directory of the archive, of this volume only')
    .option('--every <time>', 'longest time until a change is archived (5s)', parseDuration)
    .option('--base-every <time>', 'time between copies of the whole volume (1d)', parseDuration)
    .option('--keep <time>', 'how far back every moment can be restored (7d)', parseDuration)
    .option('--once', 'bring the archive up to date and end')
    .option('--list', 'only show what can be restored')
    .addHelpText(
      'after',
      `
Runs until Ctrl-C, and then archives the last changes. One program archives a
volume: not this command and the option 'archive' of another one together.
${examples(
  'cabinet archive project.cabinet /backup/project',
  'cabinet archive project.cabinet /backup/project --every 30s --keep 30d',
  'cabinet archive project.cabinet /backup/project --list',
)}`,
    )
    .action(archive);
}

async function archive(
  path: string,
  dir: string,
  { every, baseEvery, keep, once, list, ...common }: ArchiveCommandOptions,
): Promise<void> {
  const output = outputOf(common);
  if (list === true) {
    await showPoints(output, listArchive(dir));
    return;
  }
  const options = {
    dir,
    ...given({ everySeconds: every, baseEverySeconds: baseEvery, keepSeconds: keep }),
  };
  const opened = { create: false, ...durabilityOf(common), archive: options };
  const status = await interruptible((signal) =>
    withVolume(path, opened, (volume) => run(volume, output, once === true, signal)),
  );
  await output.done(status, summaryOf(status));
}

async function run(
  volume: Volume,
  output: Output,
  once: boolean,
  signal: AbortSignal,
): Promise<ArchiveStatus> {
  const { archive: archiver } = volume;
  if (archiver === undefined) throw new Error('the volume was opened with an archive');
  if (once) await archiver.settle();
  else {
    output.note(`archiving to ${archiver.status.dir}, until Ctrl-C`);
    await follow(() => archiver.status, output, signal);
  }
  return archiver.status;
}

/** Says when something goes wrong, and when it goes on. */
async function follow(
  status: () => ArchiveStatus,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  let told: string | undefined;
  while (!signal.aborted) {
    const failure = status().failure?.message;
    if (failure !== told) output.note(failure ?? 'the archive goes on');
    told = failure;
    await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

function summaryOf({ dir, segments, segmentBytes, lastCommit }: ArchiveStatus): string {
  const what = `${counted(segments, 'segment')}, ${humanBytes(segmentBytes)}`;
  return `Archived up to commit ${lastCommit ?? 0} in ${dir}: ${what}.\n`;
}

async function showPoints(output: Output, points: readonly RestorePoint[]): Promise<void> {
  await output.answer({ points }, () => {
    if (points.length === 0) return 'Nothing can be restored yet.\n';
    const rows = points.map(({ atMs, commit, generation }) => [
      new Date(atMs).toISOString(),
      String(commit),
      generation,
    ]);
    return table([['TIME', 'COMMIT', 'CHAIN'], ...rows], [1]);
  });
}
