/** `cabinet import`: a directory tree or a tar archive into a volume. */
import { createReadStream, existsSync, rmSync, type Stats, statSync } from 'node:fs';
import { type Readable, Transform } from 'node:stream';
import type { Command } from 'commander';
import { importTree } from '../../transfer/import-tree.js';
import type { ImportOptions } from '../../transfer/options.js';
import type { TransferResult } from '../../transfer/report.js';
import { openForBulkLoad } from '../../volume/open.js';
import type { Volume } from '../../volume/volume.js';
import { countEntries } from '../count-entries.js';
import { UsageError } from '../failure.js';
import { examples, writingCommand } from '../options.js';
import type { Output } from '../output.js';
import { type Progress, startProgress } from '../progress.js';
import {
  type CommonOptions,
  durabilityOf,
  interruptible,
  outputOf,
  withOpened,
} from '../session.js';
import { finishTransfer, SkipNotes } from '../transfer-result.js';

interface ImportCommandOptions extends CommonOptions {
  readonly to: string;
  readonly force?: boolean;
  readonly owners?: boolean;
  readonly xattrs: boolean;
}

const STDIN = '-';

export function importCommand(): Command {
  return writingCommand('import', 'Put a directory tree or a tar archive into a volume.')
    .argument('<volume>', 'the volume; made when there is none')
    .argument(
      '<source>',
      "a directory, a tar file (plain or gzipped), or '-': tar from standard input",
    )
    .option('--to <path>', 'directory of the volume; made when it is missing', '/')
    .option('-f, --force', 'replace files that are there and differ')
    .option('--owners', 'keep user and group of every entry (default: when run by root)')
    .option('--no-owners', 'everything belongs to who runs the command')
    .option('--no-xattrs', 'leave out extended attributes')
    .addHelpText(
      'after',
      `
Keeps modes, times to the nanosecond, symbolic and hard links, holes, extended
attributes, FIFOs and devices. What is there already with the same type, size
and modification time is left alone: an import that was interrupted goes on
when the same command is run again.
${examples(
  'cabinet import project.cabinet ./project',
  'cabinet import project.cabinet ./node_modules --to /node_modules',
  'cabinet import project.cabinet release.tar.gz --to /releases/7',
  'ssh host tar -C /srv -cf - . | cabinet import backup.cabinet -',
)}`,
    )
    .action(importSource);
}

async function importSource(
  volumePath: string,
  source: string,
  options: ImportCommandOptions,
): Promise<void> {
  const stats = checkSource(source);
  const output = outputOf(options);
  const startedMs = Date.now();
  const isNew = !existsSync(volumePath);
  try {
    // Listens for Ctrl-C before the volume is opened, so that opening is not broken off.
    await interruptible((signal) =>
      withOpened(openForBulkLoad(volumePath, durabilityOf(options)), async (volume) => {
        const result = await carry(volume, source, stats, options, output, signal);
        await finishTransfer(output, 'Imported', result, Date.now() - startedMs);
      }),
    );
  } catch (error) {
    if (isNew && hasCarriedNothing(error)) rmSync(volumePath, { force: true });
    throw error;
  }
}

/** An empty volume that an import made in vain helps nobody. */
function hasCarriedNothing(error: unknown): boolean {
  const { transfer } = error as { transfer?: TransferResult };
  return transfer !== undefined && transfer.lastPath === undefined;
}

/** Looked at before the volume is made. */
function checkSource(source: string): Stats | undefined {
  if (source !== STDIN) return statSync(source);
  if (process.stdin.isTTY) {
    throw new UsageError(
      'the standard input is a terminal',
      'Pipe a tar archive into the command.',
    );
  }
  return undefined;
}

async function carry(
  volume: Volume,
  source: string,
  stats: Stats | undefined,
  options: ImportCommandOptions,
  output: Output,
  signal: AbortSignal,
): Promise<TransferResult> {
  const isTree = stats?.isDirectory() === true;
  const unit = isTree ? 'entries' : 'bytes';
  const progress = await startProgress(!output.json && !output.quiet, unit);
  const notes = new SkipNotes(output);
  const shared: ImportOptions = {
    to: options.to,
    overwrite: options.force === true,
    ...(options.owners === undefined ? {} : { owners: options.owners }),
    xattrs: options.xattrs,
    onSkip: (entry) => notes.add(entry),
    signal,
  };
  try {
    if (isTree) return await tree(volume, source, shared, progress, signal);
    return await archive(volume, source, stats, shared, progress);
  } finally {
    progress.stop();
    notes.flush();
  }
}

async function tree(
  volume: Volume,
  source: string,
  options: ImportOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<TransferResult> {
  // Counting the names is quick beside reading the files, and only done for who watches.
  if (process.stderr.isTTY) progress.setTotal(await countEntries(source, signal));
  return importTree(volume, source, {
    ...options,
    onProgress: ({ entries, bytes, path }) => {
      progress.update({ done: entries, bytes, label: path });
    },
  });
}

/** The way through the archive is measured in its own bytes, compressed or not. */
async function archive(
  volume: Volume,
  source: string,
  stats: Stats | undefined,
  options: ImportOptions,
  progress: Progress,
): Promise<TransferResult> {
  if (stats !== undefined && stats.size > 0) progress.setTotal(stats.size);
  const input: Readable = source === STDIN ? process.stdin : createReadStream(source);
  let read = 0;
  let label = source;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      read += chunk.length;
      progress.update({ done: read, label });
      done(null, chunk);
    },
  });
  input.on('error', (error) => meter.destroy(error));
  input.pipe(meter);
  try {
    const { importTar } = await import('../../transfer/import-tar.js');
    return await importTar(volume, meter, {
      ...options,
      onProgress: ({ path }) => {
        label = path;
      },
    });
  } finally {
    input.destroy();
  }
}
