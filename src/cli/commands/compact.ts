/** `cabinet compact`: gives the free space of a volume back to the system. */
import type { Command } from 'commander';
import { type CompactProgress, type CompactResult, compactVolume } from '../../index.js';
import { humanBytes, humanSeconds } from '../format.js';
import { baseCommand, examples, parseCount } from '../options.js';
import { startPhases } from '../phases.js';
import { type CommonOptions, interruptible, outputOf } from '../session.js';

interface CompactCommandOptions extends CommonOptions {
  readonly full?: boolean;
  readonly pagesMax?: number;
}

const LABELS: Readonly<Record<CompactProgress['phase'], string>> = {
  slices: 'giving back',
  copy: 'copying',
  verify: 'verifying',
  replace: 'replacing',
};

export function compactCommand(): Command {
  return baseCommand('compact', 'Give the free space of a volume back to the system.')
    .argument('<volume>', 'the volume')
    .option('--full', 'write the volume anew and put that in its place')
    .option('--pages-max <number>', 'give back no more pages than this', parseCount)
    .addHelpText(
      'after',
      `
Without --full the volume may be in use, and goes on being used. With --full
nobody may have it open, and there must be room for a second one beside it; the
new file is verified before it takes the place of the old one. Interrupted at
any moment, the volume is the old one or the new one.
${examples('cabinet compact project.cabinet', 'cabinet compact project.cabinet --full')}`,
    )
    .action(compact);
}

async function compact(path: string, options: CompactCommandOptions): Promise<void> {
  const output = outputOf(options);
  const phases = await startPhases(!output.json && !output.quiet);
  const onProgress = ({ phase, done, total }: CompactProgress): void =>
    phases.update(phase === 'copy' ? 'bytes' : 'steps', { done, total, label: LABELS[phase] });
  const { full = false, pagesMax } = options;
  const result = await interruptible((signal) =>
    compactVolume(path, { full, pagesMax, onProgress, signal }),
  ).finally(() => phases.stop());
  await output.done(result, textOf(path, result));
}

function textOf(path: string, result: CompactResult): string {
  const { bytesBefore, bytesAfter, freedBytes, durationMs } = result;
  const sizes = `${humanBytes(bytesBefore)} before, ${humanBytes(bytesAfter)} after`;
  // As a whole a volume gets bigger when there was nothing to give back and rows have moved.
  const freed = freedBytes > 0 ? `${humanBytes(freedBytes)} given back` : 'nothing to give back';
  return `${path}: ${freed} (${sizes}; ${humanSeconds(durationMs)}).\n`;
}
