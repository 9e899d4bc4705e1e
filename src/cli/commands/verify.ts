/** `cabinet verify`: whether a backup, or a volume, is whole to the last byte. */
import type { Command } from 'commander';
import { type VerifyResult, verifyVolume } from '../../index.js';
import { EXIT } from '../exit-codes.js';
import { counted, humanCount, humanSeconds, shownName } from '../format.js';
import { baseCommand, examples } from '../options.js';
import { startProgress } from '../progress.js';
import { type CommonOptions, interruptible, outputOf } from '../session.js';

interface VerifyCommandOptions extends CommonOptions {
  readonly content: boolean;
}

export function verifyCommand(): Command {
  return baseCommand('verify', 'Verify a backup or a volume, without changing it.')
    .argument('<file>', 'the backup or the volume')
    .option('--no-content', 'do not compare the checksums of the content')
    .addHelpText(
      'after',
      `
Compares the file with the manifest beside it, when there is one, and checks
SQLite's pages, every rule of the format, and all content. Ends with 0 when all
is well, with 3 when it is not.
${examples('cabinet verify /backups/project-monday.cabinet')}`,
    )
    .action(verify);
}

async function verify(path: string, options: VerifyCommandOptions): Promise<void> {
  const output = outputOf(options);
  const progress = await startProgress(!output.json && !output.quiet, 'steps');
  const { content } = options;
  const result = await interruptible((signal) =>
    verifyVolume(path, {
      content,
      signal,
      onProgress: ({ step, done, total }) => {
        progress.setTotal(total);
        progress.update({ done, label: step });
      },
    }),
  ).finally(() => progress.stop());
  await output.done(result, textOf(path, result));
  if (!result.ok) process.exitCode = EXIT.problems;
}

function textOf(
  path: string,
  { problems, problemsTotal, manifest, durationMs }: VerifyResult,
): string {
  const lines = problems.map(({ invariant, path: where, ino, detail }) => {
    const place = where ?? (ino === null ? 'file' : `inode ${ino}`);
    return `${invariant}  ${shownName(place)}: ${detail}`;
  });
  const more = problemsTotal - problems.length;
  if (more > 0) lines.push(`... and ${counted(more, 'more problem')}`);
  const proof = manifest === null ? '' : ' and is what its manifest says';
  const commit = manifest?.commit ?? null;
  const which = commit === null ? '' : `, commit ${humanCount(commit)}`;
  const verdict =
    problemsTotal === 0
      ? `${path} is sound${proof}${which}`
      : `${path}: ${counted(problemsTotal, 'problem')}`;
  return `${[...lines, `${verdict} (${humanSeconds(durationMs)}).`].join('\n')}\n`;
}
