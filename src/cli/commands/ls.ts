/** `cabinet ls`: what is in a directory of a volume. */

import type { Stats } from 'node:fs';
import { posix } from 'node:path';
import type { Command } from 'commander';
import { EnteredDirectories } from '../../core/circles.js';
import type { Ino } from '../../core/ino.js';
import type { Volume } from '../../index.js';
import { humanBytes, modeText, shownName, table, timeText } from '../format.js';
import { baseCommand, examples } from '../options.js';
import { type CommonOptions, outputOf, reading } from '../session.js';

interface LsOptions extends CommonOptions {
  readonly long?: boolean;
  readonly recursive?: boolean;
  readonly all?: boolean;
  readonly bytes?: boolean;
}

interface Listed {
  readonly name: string;
  readonly path: string;
  readonly stats: Stats;
  /** Where a symbolic link points. */
  readonly target: string | null;
}

/** A directory with its entries; a file that was asked for by name is in a listing without a title. */
interface Listing {
  readonly title: string | undefined;
  readonly entries: readonly Listed[];
}

export function lsCommand(): Command {
  return baseCommand('ls', 'List a directory.')
    .argument('<volume>', 'the volume')
    .argument('[path]', 'directory or file in it', '/')
    .option('-l, --long', 'with mode, links, owner, size and time')
    .option('-R, --recursive', 'and everything below')
    .option('-a, --all', 'names that begin with a dot too')
    .option('-b, --bytes', 'sizes in bytes')
    .addHelpText(
      'after',
      examples(
        'cabinet ls project.cabinet',
        'cabinet ls project.cabinet /src -l -a',
        'cabinet ls project.cabinet -R --json',
      ),
    )
    .action(ls);
}

async function ls(volumePath: string, path: string, options: LsOptions): Promise<void> {
  await reading(volumePath, async (volume) => {
    const output = outputOf(options);
    const listings: Listing[] = [];
    for await (const listing of list(volume, path, options)) {
      if (output.json) listings.push(listing);
      else await output.answer(null, () => textOf(listing, options));
    }
    if (output.json)
      await output.answer(
        listings.flatMap(({ entries }) => entries.map(plain)),
        String,
      );
  });
}

async function* list(volume: Volume, path: string, options: LsOptions): AsyncGenerator<Listing> {
  const start = await look(volume, posix.basename(path), path);
  const followed = (await volume.fs.promises.stat(path)) as Stats;
  if (!followed.isDirectory()) {
    yield { title: undefined, entries: [{ ...start, name: path }] };
    return;
  }
  const waiting = [path];
  const entered = new EnteredDirectories();
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    const entries = await entriesOf(volume, directory, options);
    yield { title: options.recursive === true ? directory : undefined, entries };
    if (options.recursive !== true) return;
    const below = entries.filter(({ stats }) => stats.isDirectory());
    for (const { stats } of below) entered.enter(stats.ino as Ino);
    waiting.push(...below.map((entry) => entry.path).reverse());
  }
}

async function entriesOf(
  volume: Volume,
  directory: string,
  { all = false }: LsOptions,
): Promise<readonly Listed[]> {
  const names = (await volume.fs.promises.readdir(directory)) as string[];
  const shown = all ? names : names.filter((name) => !name.startsWith('.'));
  const entries: Listed[] = [];
  for (const name of shown) {
    // It may have gone since it was listed.
    const entry = await look(volume, name, posix.join(directory, name)).catch(unlessGone);
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

function unlessGone(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}

async function look(volume: Volume, name: string, path: string): Promise<Listed> {
  const { promises } = volume.fs;
  const stats = (await promises.lstat(path)) as Stats;
  const target = stats.isSymbolicLink() ? String(await promises.readlink(path)) : null;
  return { name, path, stats, target };
}

const TYPES = [
  ['isFile', 'file'],
  ['isDirectory', 'directory'],
  ['isSymbolicLink', 'symlink'],
  ['isFIFO', 'fifo'],
  ['isSocket', 'socket'],
  ['isCharacterDevice', 'char'],
  ['isBlockDevice', 'block'],
] as const;

function plain({ name, path, stats, target }: Listed): object {
  return {
    name,
    path,
    type: TYPES.find(([is]) => stats[is]())?.[1],
    mode: (Number(stats.mode) & 0o7777).toString(8).padStart(4, '0'),
    nlink: stats.nlink,
    uid: stats.uid,
    gid: stats.gid,
    size: stats.size,
    ino: stats.ino,
    mtime: stats.mtime.toISOString(),
    ...(target === null ? {} : { target }),
  };
}

function textOf({ title, entries }: Listing, options: LsOptions): string {
  const head = title === undefined ? '' : `${shownName(title)}:\n`;
  const tail = title === undefined ? '' : '\n';
  return head + (options.long === true ? long(entries, options) : short(entries)) + tail;
}

function short(entries: readonly Listed[]): string {
  return entries.map(({ name }) => `${shownName(name)}\n`).join('');
}

function long(entries: readonly Listed[], { bytes = false }: LsOptions): string {
  const rows = entries.map(({ name, stats, target }) => [
    modeText(Number(stats.mode)),
    String(stats.nlink),
    String(stats.uid),
    String(stats.gid),
    bytes ? String(stats.size) : humanBytes(Number(stats.size)),
    timeText(stats.mtime),
    target === null ? shownName(name) : `${shownName(name)} -> ${shownName(target)}`,
  ]);
  const NUMBERS = [1, 2, 3, 4];
  return table(rows, NUMBERS);
}
