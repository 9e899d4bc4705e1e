/** Every function of one path, on everything in the world named in every manner. */
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { Case, CaseContext } from '../case.js';
import { makeWorld, NAME_OF_256_BYTES, paddedPath, tryEach, WORLD_PATHS } from '../world.js';

type Operation = (c: CaseContext, path: string) => unknown;

const A_TIME = new Date('2001-02-03T04:05:06.789Z');
const uid = process.getuid?.() ?? 0;
const gid = process.getgid?.() ?? 0;

const READS: Readonly<Record<string, Operation>> = {
  'access for existence': (c, path) => c.fs.access(path),
  'access for reading and writing': (c, path) => c.fs.access(path, constants.R_OK | constants.W_OK),
  stat: (c, path) => c.fs.stat(path),
  lstat: (c, path) => c.fs.lstat(path),
  readFile: (c, path) => c.fs.readFile(path, 'utf8'),
  readdir: async (c, path) => (await c.fs.readdir(path)).sort(),
  'readdir with types': async (c, path) =>
    (await c.fs.readdir(path, { withFileTypes: true })).sort(byName),
  'recursive readdir': async (c, path) => (await c.fs.readdir(path, { recursive: true })).sort(),
  opendir: async (c, path) => {
    const dir = await c.fs.opendir(path);
    const names: string[] = [];
    for await (const dirent of dir) names.push(dirent.name);
    return { path: dir.path, names: names.sort() };
  },
  readlink: (c, path) => c.fs.readlink(path),
  realpath: (c, path) => c.fs.realpath(path),
  statfs: async (c, path) => Object.keys(await c.fs.statfs(path)).sort(),
  'open for reading': (c, path) => opened(c.fs.open(path, 'r')),
  'open of a directory': (c, path) =>
    opened(c.fs.open(path, constants.O_RDONLY | constants.O_DIRECTORY)),
  'open without following': (c, path) =>
    opened(c.fs.open(path, constants.O_RDONLY | constants.O_NOFOLLOW)),
};

const CHANGES: Readonly<Record<string, Operation>> = {
  'open r+': (c, path) => opened(c.fs.open(path, 'r+')),
  'open w': (c, path) => opened(c.fs.open(path, 'w')),
  'open wx': (c, path) => opened(c.fs.open(path, 'wx')),
  'open a': (c, path) => opened(c.fs.open(path, 'a')),
  'open ax+': (c, path) => opened(c.fs.open(path, 'ax+')),
  writeFile: (c, path) => c.fs.writeFile(path, 'new'),
  appendFile: (c, path) => c.fs.appendFile(path, '+'),
  truncate: (c, path) => c.fs.truncate(path, 3),
  mkdir: (c, path) => c.fs.mkdir(path),
  'recursive mkdir': (c, path) => c.fs.mkdir(path, { recursive: true }),
  rmdir: (c, path) => c.fs.rmdir(path),
  unlink: (c, path) => c.fs.unlink(path),
  rm: (c, path) => c.fs.rm(path),
  'forced rm': (c, path) => c.fs.rm(path, { force: true }),
  'recursive rm': (c, path) => c.fs.rm(path, { recursive: true }),
  'forced recursive rm': (c, path) => c.fs.rm(path, { recursive: true, force: true }),
  symlink: (c, path) => c.fs.symlink('target', path),
  chmod: (c, path) => c.fs.chmod(path, 0o750),
  chown: (c, path) => c.fs.chown(path, uid, gid),
  lchown: (c, path) => c.fs.lchown(path, uid, gid),
  utimes: async (c, path) => {
    await c.fs.utimes(path, A_TIME, A_TIME);
    return (await c.fs.stat(path)).mtimeMs;
  },
  lutimes: async (c, path) => {
    await c.fs.lutimes(path, A_TIME, A_TIME);
    return (await c.fs.lstat(path)).mtimeMs;
  },
};

/** The real recursive rm deletes siblings side by side: through dots its outcome is a race. */
const RACES: ReadonlySet<string> = new Set(['recursive rm', 'forced recursive rm']);

/** Node makes the first directory and then fails; a volume makes nothing, see `deviations.test.ts`. */
const HALF_MADE: ReadonlySet<string> = new Set(['missing/../file', `missing/${NAME_OF_256_BYTES}`]);

function isTried(name: string, path: string): boolean {
  if (RACES.has(name)) return !/\.\.?\/?$/.test(path);
  return !(name === 'recursive mkdir' && HALF_MADE.has(path));
}

function byName(left: { name: string }, right: { name: string }): number {
  return left.name < right.name ? -1 : 1;
}

async function opened(opening: Promise<FileHandle>): Promise<string> {
  const handle = await opening;
  const stats = await handle.stat();
  await handle.close();
  return `${stats.isDirectory() ? 'directory' : 'file'} of mode ${stats.mode.toString(8)}`;
}

function casesOf(name: string, operation: Operation, changes: boolean): Case[] {
  const cases = Object.entries(WORLD_PATHS).map(([kind, paths]): Case => {
    const tried = paths.filter((path) => isTried(name, path));
    return {
      title: `${name} of ${kind} named in every manner`,
      eager: name === 'recursive readdir',
      run: (c) => tryEach(c, tried, changes, (world, path) => operation(c, `${world}/${path}`)),
    };
  });
  return [...cases, longPathCase(name, operation)];
}

/** The C library resolves these itself, name by name, and so takes paths of any length. */
const ANY_LENGTH: ReadonlySet<string> = new Set(['realpath']);

/** The longest path the kernel takes is 4,095 bytes. */
function longPathCase(name: string, operation: Operation): Case {
  const longest = ANY_LENGTH.has(name) ? 4095 : 4096;
  return {
    title: `${name} takes a path of 4095 bytes and refuses longer and empty ones`,
    eager: name === 'recursive readdir',
    setup: (c) => makeWorld(c),
    run: async (c) => [
      await c.attempt(() => operation(c, paddedPath(c, 'file', 4095))),
      await c.attempt(() => operation(c, paddedPath(c, 'file', longest))),
      await c.attempt(() => operation(c, paddedPath(c, 'nowhere', 4095))),
      await c.attempt(() => operation(c, paddedPath(c, 'nowhere', longest))),
      // With a callback and sync, realpath takes it for the working directory.
      ...(name === 'realpath' ? [] : [await c.attempt(() => operation(c, ''))]),
    ],
  };
}

export const onePathCases: readonly Case[] = [
  ...Object.entries(READS).flatMap(([name, read]) => casesOf(name, read, false)),
  ...Object.entries(CHANGES).flatMap(([name, change]) => casesOf(name, change, true)),
];
