/** `cabinet backup`: a verified copy of a volume that may be in use. */
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { BackupProgress, BackupResult, Volume } from '../../index.js';
import { humanBytes, humanCount, humanSeconds } from '../format.js';
import { examples, parseSize, writingCommand } from '../options.js';
import { pagesLabel } from '../pages-label.js';
import { type Progress, startProgress } from '../progress.js';
import { type CommonOptions, interruptible, outputOf, reading, writing } from '../session.js';

interface BackupCommandOptions extends CommonOptions {
  readonly overwrite?: boolean;
  readonly throttle?: number;
  readonly verify: boolean;
  readonly content?: boolean;
}

export function backupCommand(): Command {
  return writingCommand('backup', 'Make a verified copy of a volume, which may be in use.')
    .argument('<volume>', 'the volume')
    .argument('<dest>', 'path of the file to be made')
    .option('--overwrite', 'replace a backup that is there, once the new one is verified')
    .option('--throttle <bytes>', 'most bytes to copy in a second, for example 20M', parseRate)
    .option('--content', 'compare the checksums of all content too')
    .option('--no-verify', 'do not look at the copy before it gets its name')
    .addHelpText(
      'after',
      `
The copy holds exactly one commit, whatever is written meanwhile. Beside it lies
<dest>.json with its commit number, sizes and SHA-256. Nothing is under the name
before it is whole.
${examples(
  'cabinet backup project.cabinet /backups/project-monday.cabinet',
  'cabinet backup project.cabinet copy.cabinet --overwrite --throttle 20M',
)}`,
    )
    .action(backup);
}

function parseRate(text: string): number {
  const rate = parseSize(text);
  if (rate > 0) return rate;
  throw new InvalidArgumentError('A rate is at least one byte per second.');
}

async function backup(path: string, dest: string, options: BackupCommandOptions): Promise<void> {
  const output = outputOf(options);
  const progress = await startProgress(!output.json && !output.quiet, 'pages');
  const { throttle: bytesPerSecondMax = 0, overwrite = false } = options;
  const verify = depthOf(options);
  const result = await interruptible((signal) => {
    const onProgress = (state: BackupProgress): void => tell(progress, state);
    return onVolume(
      path,
      options,
      (note) => output.note(note),
      (volume) => volume.backup(dest, { overwrite, verify, bytesPerSecondMax, onProgress, signal }),
    );
  }).finally(() => progress.stop());
  await output.done(result, textOf(result));
}

function depthOf({ verify, content }: BackupCommandOptions): 'content' | 'full' | false {
  if (!verify) return false;
  return content === true ? 'content' : 'full';
}

/** Open for writing, the number of the commit is known, and the volume remembers its backup. */
async function onVolume<T>(
  path: string,
  options: CommonOptions,
  note: (text: string) => void,
  work: (volume: Volume) => Promise<T>,
): Promise<T> {
  let isOpen = false;
  try {
    return await writing(path, options, (volume) => {
      isOpen = true;
      return work(volume);
    });
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (isOpen || !NOT_WRITABLE.includes(String(code))) throw error;
  }
  note('the volume cannot be written: the number of the commit may not be known');
  return await reading(path, work);
}

const NOT_WRITABLE: readonly string[] = ['ERR_VOLUME_UNREADABLE', 'ERR_VOLUME_READ_ONLY'];

function tell(progress: Progress, state: BackupProgress): void {
  progress.setTotal(state.pagesTotal);
  progress.update({ done: state.pagesDone, label: pagesLabel(state) });
}

function textOf({ path, pages, bytes, durationMs, verified, commit }: BackupResult): string {
  const which = commit === null ? '' : `, commit ${humanCount(commit)}`;
  const proof = verified === false ? 'not verified' : 'verified';
  return `Wrote ${path}: ${humanBytes(bytes)} in ${humanCount(pages)} pages${which}, ${proof} (${humanSeconds(durationMs)}).\n`;
}
