/** `cabinet export`: a tree of a volume to a directory or a tar archive. */
import { randomBytes } from 'node:crypto';
import { createWriteStream, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Command } from 'commander';
import { PRIVATE_FILE_MODE } from '../../core/private-modes.js';
import { exportTree } from '../../transfer/export-tree.js';
import type { ExportOptions } from '../../transfer/options.js';
import type { TransferResult } from '../../transfer/report.js';
import type { Volume } from '../../volume/volume.js';
import { EXIT } from '../exit-codes.js';
import { UsageError } from '../failure.js';
import { baseCommand, examples } from '../options.js';
import type { Output } from '../output.js';
import { type Progress, startProgress } from '../progress.js';
import { type CommonOptions, interruptible, outputOf, reading } from '../session.js';
import { finishTransfer, SkipNotes } from '../transfer-result.js';

interface ExportCommandOptions extends CommonOptions {
  readonly from: string;
  readonly tar?: boolean;
  readonly force?: boolean;
  readonly owners?: boolean;
  readonly xattrs: boolean;
}

const STDOUT = '-';
const TAR_NAME = /\.(tar|tar\.gz|tgz)$/i;
const GZIP_NAME = /gz$/i;

export function exportCommand(): Command {
  return baseCommand('export', 'Write a tree of a volume to a directory or a tar archive.')
    .argument('<volume>', 'the volume')
    .argument(
      '<dest>',
      "a directory, a file '*.tar', '*.tar.gz' or '*.tgz', or '-': tar to standard output",
    )
    .option('--from <path>', 'directory of the volume', '/')
    .option('--tar', 'write a tar archive, whatever the name')
    .option('-f, --force', 'replace files that are there and differ')
    .option('--owners', 'give every entry its user and group (default: when run by root)')
    .option('--no-owners', 'everything belongs to who runs the command')
    .option('--no-xattrs', 'leave out extended attributes')
    .addHelpText(
      'after',
      `
Works on one frozen view, while others go on writing. Into a directory: nothing
outside of it is ever touched, links that stand in it are not followed, and
what is there already with the same type, size and modification time is left
alone. GNU tar restores extended attributes with 'tar --xattrs'.
${examples(
  'cabinet export project.cabinet ./copy',
  'cabinet export project.cabinet ./docs --from /docs',
  'cabinet export project.cabinet project.tar.gz',
  'cabinet export project.cabinet - | ssh host tar -C /srv/copy -xpf -',
)}`,
    )
    .action(exportVolume);
}

async function exportVolume(
  volumePath: string,
  dest: string,
  options: ExportCommandOptions,
): Promise<void> {
  const isTar = options.tar === true || dest === STDOUT || TAR_NAME.test(dest);
  checkDestination(dest, isTar, options);
  const output = outputOf(options);
  const startedMs = Date.now();
  await reading(volumePath, (volume) =>
    interruptible(async (signal) => {
      const progress = await startProgress(!output.json && !output.quiet, 'entries');
      const notes = new SkipNotes(output);
      try {
        await setTotal(volume, progress, options, signal);
        const transferOptions = optionsFor(options, progress, notes, signal);
        const result = isTar
          ? await archive(volume, dest, transferOptions)
          : await exportTree(volume, dest, transferOptions);
        progress.stop();
        notes.flush();
        // The archive has the standard output for itself.
        if (dest !== STDOUT) await finish(output, result, Date.now() - startedMs);
        else if (result.skippedCount > 0) process.exitCode = EXIT.incomplete;
      } finally {
        progress.stop();
        notes.flush();
      }
    }),
  );
}

function finish(output: Output, result: TransferResult, durationMs: number): Promise<void> {
  return finishTransfer(output, 'Exported', result, durationMs);
}

function checkDestination(dest: string, isTar: boolean, { force }: ExportCommandOptions): void {
  if (dest === STDOUT) {
    if (!process.stdout.isTTY) return;
    throw new UsageError('the standard output is a terminal', 'Redirect it, or give a file name.');
  }
  if (!isTar) return;
  if (force === true || !existsSync(dest)) return;
  if (statSync(dest).isFile()) throw exists(dest);
}

function exists(path: string): Error {
  return Object.assign(new Error(`'${path}' exists already`), {
    code: 'EEXIST',
    path,
    hint: 'Use --force to replace it.',
  });
}

/** Counting is quick, but only done for who watches; for a part of a volume there is no count. */
async function setTotal(
  volume: Volume,
  progress: Progress,
  { from }: ExportCommandOptions,
  signal: AbortSignal,
): Promise<void> {
  if (!process.stderr.isTTY || from !== '/') return;
  const { files, directories, symlinks, others } = await volume.stats({ signal });
  progress.setTotal(files + directories + symlinks + others);
}

function optionsFor(
  options: ExportCommandOptions,
  progress: Progress,
  notes: SkipNotes,
  signal: AbortSignal,
): ExportOptions {
  return {
    from: options.from,
    overwrite: options.force === true,
    ...(options.owners === undefined ? {} : { owners: options.owners }),
    xattrs: options.xattrs,
    onProgress: ({ entries, bytes, path }) => {
      progress.update({ done: entries, bytes, label: path });
    },
    onSkip: (entry) => notes.add(entry),
    signal,
  };
}

/** To a file: under another name until it is whole. */
async function archive(
  volume: Volume,
  dest: string,
  options: ExportOptions,
): Promise<TransferResult> {
  const { exportTar } = await import('../../transfer/export-tar.js');
  if (dest === STDOUT) return exportTar(volume, process.stdout, options);
  const partial = join(dirname(dest), `.${basename(dest)}.${randomBytes(6).toString('hex')}`);
  try {
    const file = createWriteStream(partial, { flags: 'wx', mode: PRIVATE_FILE_MODE });
    const output: Writable = GZIP_NAME.test(dest) ? createGzip() : file;
    if (output !== file) output.pipe(file);
    file.on('error', (error) => output.destroy(error));
    const result = await exportTar(volume, output, options);
    output.end();
    await finished(file);
    renameSync(partial, dest);
    return result;
  } finally {
    rmSync(partial, { force: true });
  }
}
