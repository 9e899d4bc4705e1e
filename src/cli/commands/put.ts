/** `cabinet put`: one file, or the standard input, into a volume. */
import type { Stats } from 'node:fs';
import { type BigIntStats, createReadStream, statSync } from 'node:fs';
import { basename, posix } from 'node:path';
import type { Command } from 'commander';
import { importFile, type Volume } from '../../index.js';
import { UsageError } from '../failure.js';
import { humanBytes } from '../format.js';
import { examples, parseMode, writingCommand } from '../options.js';
import { type Progress, startProgress } from '../progress.js';
import { type CommonOptions, interruptible, outputOf, writing } from '../session.js';

interface PutOptions extends CommonOptions {
  readonly force?: boolean;
  readonly mode?: number;
}

const STDIN = '-';

export function putCommand(): Command {
  return writingCommand('put', 'Copy one file, or the standard input, into a volume.')
    .argument('<volume>', 'the volume')
    .argument('<file>', "file to be copied; '-' is the standard input")
    .argument('[path]', "where to; a directory keeps the file's name (default: /)")
    .option('-f, --force', 'replace a file that is there')
    .option('-m, --mode <bits>', 'permission bits (default: those of the file, or 666)', parseMode)
    .addHelpText(
      'after',
      `
The file appears when its last byte is there, and whole.
${examples(
  'cabinet put project.cabinet notes.txt',
  'cabinet put project.cabinet notes.txt /docs/ --force',
  'pg_dump app | cabinet put backups.cabinet - /app.sql',
)}`,
    )
    .action(put);
}

interface Source {
  readonly stats: BigIntStats | undefined;
  open(): AsyncIterable<Uint8Array>;
}

async function put(
  volumePath: string,
  file: string,
  path: string | undefined,
  options: PutOptions,
): Promise<void> {
  const source = sourceOf(file, path);
  await writing(volumePath, options, (volume) =>
    interruptible(async (signal) => {
      const target = await targetOf(volume, file, path);
      const output = outputOf(options);
      const progress = await startProgress(!output.json && !output.quiet, 'bytes');
      if (source.stats !== undefined) progress.setTotal(Number(source.stats.size));
      const bytes = await copyIn(volume, source, target, options, signal, progress);
      const text = `Put ${target} (${humanBytes(bytes)}).\n`;
      await output.done({ path: target, bytes }, text);
    }),
  );
}

async function copyIn(
  volume: Volume,
  source: Source,
  target: string,
  { force = false, mode }: PutOptions,
  signal: AbortSignal,
  progress: Progress,
): Promise<number> {
  const { stats } = source;
  try {
    return await importFile(volume, source.open(), target, {
      overwrite: force,
      mode: mode ?? (stats === undefined ? undefined : Number(stats.mode)),
      mtimeNs: stats?.mtimeNs,
      signal,
      onProgress: ({ bytes }) => progress.update({ done: bytes, label: target }),
    });
  } catch (error) {
    const isTaken = (error as NodeJS.ErrnoException).code === 'EEXIST';
    if (isTaken) Object.assign(error as object, { hint: 'Use --force to replace it.' });
    throw error;
  } finally {
    progress.stop();
  }
}

function sourceOf(file: string, path: string | undefined): Source {
  if (file === STDIN) {
    if (path === undefined || path.endsWith('/')) {
      throw new UsageError(
        "what comes from the standard input needs a path with a name, like '/a.txt'",
      );
    }
    if (process.stdin.isTTY) {
      throw new UsageError('the standard input is a terminal', 'Pipe something into the command.');
    }
    return { stats: undefined, open: () => process.stdin };
  }
  const stats = statSync(file, { bigint: true });
  if (stats.isDirectory()) {
    throw new UsageError(`'${file}' is a directory`, "Use 'cabinet import' for directories.");
  }
  return { stats, open: () => createReadStream(file) };
}

/** A directory as target keeps the name of the file. */
async function targetOf(volume: Volume, file: string, path = '/'): Promise<string> {
  const stats = (await volume.fs.promises.stat(path).catch(() => undefined)) as Stats | undefined;
  if (stats?.isDirectory() === true && file !== STDIN) return posix.join(path, basename(file));
  return path;
}
