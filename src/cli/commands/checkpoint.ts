/** `cabinet checkpoint`: moves the log of a volume into its file. */
import { type Command, Option } from 'commander';
import type { CheckpointMode, CheckpointResult } from '../../index.js';
import { EXIT } from '../exit-codes.js';
import { humanBytes, humanCount } from '../format.js';
import { examples, writingCommand } from '../options.js';
import { type CommonOptions, outputOf, writing } from '../session.js';

interface CheckpointOptions extends CommonOptions {
  readonly mode: CheckpointMode;
}

export function checkpointCommand(): Command {
  return writingCommand('checkpoint', 'Move the log of a volume into its file.')
    .argument('<volume>', 'the volume')
    .addOption(
      new Option('--mode <mode>', 'how far to go')
        .choices(['passive', 'full', 'restart', 'truncate'])
        .default('truncate'),
    )
    .addHelpText(
      'after',
      `
Others may use the volume meanwhile. 'passive' waits for nobody, 'full' moves
all, 'restart' has the log written from its start again, 'truncate' cuts its
file off. Ends with 5 when a reader kept it from being finished.
${examples('cabinet checkpoint project.cabinet', 'cabinet checkpoint project.cabinet --mode passive')}`,
    )
    .action(checkpoint);
}

async function checkpoint(path: string, { mode, ...options }: CheckpointOptions): Promise<void> {
  await writing(path, options, async (volume) => {
    const walBytesBefore = volume.counters().walBytes;
    const result = await volume.checkpoint(mode);
    const walBytes = volume.counters().walBytes;
    const document = { mode, ...result, walBytesBefore, walBytes };
    await outputOf(options).done(document, textOf(path, result, walBytesBefore, walBytes));
    if (result.busy) process.exitCode = EXIT.busy;
  });
}

function textOf(
  path: string,
  { busy, walFrames, checkpointedFrames }: CheckpointResult,
  before: number,
  after: number,
): string {
  const sizes = `${humanBytes(before)} of log before, ${humanBytes(after)} after`;
  if (!busy) return `${path}: ${sizes}.\n`;
  const left = humanCount(walFrames - checkpointedFrames);
  return `${path}: a reader is in the way, ${left} pages are left in the log (${sizes}).\n`;
}
