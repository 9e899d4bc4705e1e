/** `cabinet check`: whether a volume keeps its own rules. */
import type { Command } from 'commander';
import { type CheckProgress, type CheckResult, verifyVolume } from '../../index.js';
import { EXIT } from '../exit-codes.js';
import { counted, humanSeconds, shownName } from '../format.js';
import { examples, writingCommand } from '../options.js';
import { type Progress, startProgress } from '../progress.js';
import { type CommonOptions, interruptible, outputOf, writing } from '../session.js';

interface CheckCommandOptions extends CommonOptions {
  readonly repair?: boolean;
  readonly content?: boolean;
}

export function checkCommand(): Command {
  return writingCommand('check', 'Check that a volume is sound.')
    .argument('<volume>', 'the volume')
    .option('--content', 'read all content and compare its checksums')
    .option('--repair', 'put right what can be put right without losing content')
    .addHelpText(
      'after',
      `
Without --repair nothing is changed, and the volume may be in use. Ends with 0
when it is sound, or was made sound, and with 3 when problems are left.
${examples(
  'cabinet check project.cabinet',
  'cabinet check project.cabinet --content --json',
  'cabinet check project.cabinet --repair',
)}`,
    )
    .action(check);
}

async function check(path: string, options: CheckCommandOptions): Promise<void> {
  const output = outputOf(options);
  const progress = await startProgress(!output.json && !output.quiet, 'steps');
  const result = await interruptible((signal) => run(path, options, progress, signal)).finally(() =>
    progress.stop(),
  );
  await output.done(result, textOf(path, result, options));
  if (!result.ok) process.exitCode = EXIT.problems;
}

function run(
  path: string,
  { repair = false, content = false, ...options }: CheckCommandOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<CheckResult> {
  const onProgress = ({ phase, step, done, total }: CheckProgress): void => {
    progress.setTotal(total);
    progress.update({ done, label: `${phase}: ${step}` });
  };
  if (!repair) return verifyVolume(path, { content, onProgress, signal });
  return writing(path, options, (volume) => volume.check({ repair, content, onProgress, signal }));
}

function textOf(path: string, result: CheckResult, { content }: CheckCommandOptions): string {
  const { problems, problemsTotal, durationMs, ok } = result;
  const lines = problems.map(({ invariant, path: where, ino, detail, repaired }) => {
    const place = where ?? (ino === null ? 'volume' : `inode ${ino}`);
    return `${invariant}  ${shownName(place)}: ${detail}${repaired ? ' (repaired)' : ''}`;
  });
  const more = problemsTotal - problems.length;
  if (more > 0) lines.push(`... and ${counted(more, 'more problem')}`);
  const depth = content === true ? ', content included' : '';
  const verdict =
    problemsTotal === 0
      ? `${path} is sound${depth}`
      : `${path}: ${counted(problemsTotal, 'problem')}${ok ? ', all repaired' : ''}`;
  return `${[...lines, `${verdict} (${humanSeconds(durationMs)}).`].join('\n')}\n`;
}
