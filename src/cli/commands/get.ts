/** `cabinet get`: one file out of a volume. */
import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import {
  createWriteStream,
  existsSync,
  linkSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { FsError } from '../../index.js';
import { humanBytes } from '../format.js';
import { baseCommand, examples } from '../options.js';
import { type Progress, startProgress } from '../progress.js';
import { type CommonOptions, interruptible, outputOf, reading } from '../session.js';

interface GetOptions extends CommonOptions {
  readonly force?: boolean;
}

const STDOUT = '-';
const PIECE_BYTES = 256 * 1024;

export function getCommand(): Command {
  return baseCommand('get', 'Copy one file out of a volume.')
    .argument('<volume>', 'the volume')
    .argument('<path>', 'file in it')
    .argument('[file]', "where to; '-' is the standard output (default: its name, here)")
    .option('-f, --force', 'replace a file that is there')
    .addHelpText(
      'after',
      `
The file appears when its last byte is there, with its mode and modification
time.
${examples(
  'cabinet get project.cabinet /docs/notes.txt',
  'cabinet get project.cabinet /docs/notes.txt /tmp/ --force',
  'cabinet get backups.cabinet /app.sql - | psql app',
)}`,
    )
    .action(get);
}

async function get(
  volumePath: string,
  path: string,
  file: string | undefined,
  options: GetOptions,
): Promise<void> {
  const output = outputOf(options);
  await reading(volumePath, (volume) =>
    interruptible(async (signal) => {
      const handle = await volume.fs.promises.open(path);
      try {
        const stats = (await handle.stat()) as Stats;
        if (stats.isDirectory()) throw new FsError('EISDIR', { syscall: 'read', path });
        if (file === STDOUT) {
          await pipeline(pieces(handle), process.stdout, { end: false, signal });
          return;
        }
        const target = targetOf(path, file);
        const progress = await startProgress(!output.json && !output.quiet, 'bytes');
        progress.setTotal(Number(stats.size));
        await copyOut(handle, stats, target, options, signal, progress);
        const bytes = Number(stats.size);
        await output.done({ path, file: target, bytes }, `Got ${target} (${humanBytes(bytes)}).\n`);
      } finally {
        await handle.close();
      }
    }),
  );
}

async function* pieces(
  handle: FileHandle,
  onBytes: (bytes: number) => void = () => undefined,
): AsyncGenerator<Buffer> {
  for (let total = 0; ; ) {
    const buffer = Buffer.allocUnsafe(PIECE_BYTES);
    const { bytesRead } = await handle.read(buffer, 0, PIECE_BYTES, null);
    if (bytesRead === 0) return;
    total += bytesRead;
    onBytes(total);
    yield buffer.subarray(0, bytesRead);
  }
}

/** A directory as target keeps the name of the file. */
function targetOf(path: string, file = '.'): string {
  const isDirectory = statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
  return isDirectory ? join(file, posix.basename(path)) : file;
}

/** Writes beside the target and gives it its name at the end. */
async function copyOut(
  handle: FileHandle,
  stats: Stats,
  target: string,
  { force = false }: GetOptions,
  signal: AbortSignal,
  progress: Progress,
): Promise<void> {
  if (!force && existsSync(target)) throw exists(target);
  const partial = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}`);
  try {
    const onBytes = (done: number): void => progress.update({ done, label: target });
    const options = { flags: 'wx', mode: Number(stats.mode) & 0o777 };
    await pipeline(pieces(handle, onBytes), createWriteStream(partial, options), { signal });
    utimesSync(partial, stats.atime, stats.mtime);
    if (force) renameSync(partial, target);
    else giveNewName(partial, target);
  } finally {
    progress.stop();
    rmSync(partial, { force: true });
  }
}

/** Unlike a rename, a link does not replace what has appeared in the meantime. */
function giveNewName(partial: string, target: string): void {
  try {
    linkSync(partial, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw exists(target);
    // A filesystem without hard links.
    renameSync(partial, target);
  }
}

function exists(path: string): Error {
  return Object.assign(new Error(`'${path}' exists already`), {
    code: 'EEXIST',
    path,
    hint: 'Use --force to replace it.',
  });
}
