/**
 * Commands: the changes that a client may ask the writer for. Each resolves its paths and calls an
 * operation, all inside the writer's transaction, so that nothing changes in between.
 *
 * A target is a path or the number of an inode that the client holds open.
 */
import type { Timestamp } from '../core/clock.js';
import { errno } from '../core/errno.js';
import { VolumeError } from '../core/errors.js';
import { appends, truncates } from '../core/flags.js';
import type { Ino } from '../core/ino.js';
import { isDirectory, isRegular, S_IFMT } from '../core/mode.js';
import { changeMode, changeOwner, changeTimes } from '../ops/attributes.js';
import { replaceContent, shareContent, truncate, type Written, write } from '../ops/content.js';
import type { Changed, Creator, OpContext } from '../ops/context.js';
import { createDirectory, createRegularFile, createSpecialFile } from '../ops/create.js';
import { makeDirectories } from '../ops/make-directories.js';
import { checkCreate, checkOpen, open, resolveForOpen } from '../ops/open.js';
import { type PlacedEntry, placeEntry } from '../ops/place-entry.js';
import { removeDirectory, removeTree, unlink } from '../ops/remove.js';
import { link, type NamedInode, rename } from '../ops/rename.js';
import { type Place, resolve, resolveInode, resolveNew } from '../ops/resolve.js';
import { checkTarget, createSymlink } from '../ops/symlink.js';
import { removeXattr, setXattr, type XattrMode } from '../ops/xattr.js';
import type { Inode } from '../store/inode-table.js';

/** A path, or an inode number that the client holds open. */
export type Target = string | Ino;

/** Condition under which a command may run: the version of a target, 0 for "does not exist". */
export interface Precondition {
  readonly target: Target;
  readonly version: number;
  readonly follow: boolean;
}

export interface CommandContext extends OpContext {
  /** Notes that the client has the inode open from now on; takes effect with the commit. */
  hold(ino: Ino): void;
}

export interface Opened extends Changed {
  readonly isDirectory: boolean;
}

export interface MadeDirectories extends Changed {
  /** Path of the first directory that had to be made, absent when all existed. */
  readonly first?: string;
}

function inodeOf(ctx: OpContext, target: Target, follow = true): Inode {
  if (typeof target === 'string') return resolveInode(ctx.store, target, follow);
  const inode = ctx.store.inodes.get(target);
  if (inode === undefined) throw errno('EBADF');
  return inode;
}

/** An entry that is to be removed or moved: it must be a name, not `.`, `..` or the root. */
function resolveNamed(ctx: OpContext, path: string): Place & NamedInode {
  const place = resolve(ctx.store, path, false);
  if (place.last !== 'name') throw errno('EBUSY');
  const { inode } = place;
  if (inode === undefined) throw errno('ENOENT');
  return { ...place, inode };
}

/** A trailing slash promises a directory; rename(2) and unlink(2) do not follow a link behind it. */
function checkSlash(place: Place, inode: Inode): void {
  if (place.trailingSlash && !isDirectory(inode.mode)) throw errno('ENOTDIR');
}

/**
 * A path with a final symbolic link and a slash behind it resolves to the link's directory; renaming
 * and removing refuse it with ENOTDIR, because the name is the link's.
 */
function withoutSlash(path: string): { path: string; hadSlash: boolean } {
  const trimmed = path.replace(/\/+$/, '');
  if (trimmed === '' || trimmed.length === path.length) return { path, hadSlash: false };
  return { path: trimmed, hadSlash: true };
}

function resolveVictim(ctx: OpContext, path: string): Place & NamedInode {
  const { path: plain, hadSlash } = withoutSlash(path);
  const place = resolveNamed(ctx, plain);
  const victim = { ...place, trailingSlash: hadSlash };
  checkSlash(victim, place.inode);
  return victim;
}

export const COMMANDS = {
  open(ctx: CommandContext, path: string, flags: number, creator: Creator): Opened {
    const inode = open(ctx, path, flags, creator);
    ctx.hold(inode.ino);
    return { ino: inode.ino, version: inode.version, isDirectory: isDirectory(inode.mode) };
  },

  /** Creates or opens, truncates or appends, and writes, in one step. */
  writeFile(
    ctx: CommandContext,
    path: string,
    flags: number,
    creator: Creator,
    data: Uint8Array,
  ): Written {
    const place = resolveForOpen(ctx.store, path, flags);
    if (place.inode === undefined) {
      checkCreate(place, flags);
      const made = createRegularFile(ctx, place.parent, place.name, creator, data);
      return { ...made, offset: 0, size: data.length };
    }
    checkOpen(place.inode, flags, place.trailingSlash);
    if (isDirectory(place.inode.mode)) throw errno('EISDIR');
    if (truncates(flags)) return replaceContent(ctx, place.inode, data);
    return write(ctx, place.inode, appends(flags) ? null : 0, data);
  },

  /** Writes at `offset`, or at the end when it is null. */
  write(ctx: CommandContext, target: Target, offset: number | null, data: Uint8Array): Written {
    return write(ctx, inodeOf(ctx, target), offset, data);
  },

  truncate(ctx: CommandContext, target: Target, size: number): Changed {
    return truncate(ctx, inodeOf(ctx, target), size);
  },

  mkdir(ctx: CommandContext, path: string, creator: Creator): Changed {
    const place = resolveNew(ctx.store, path, true);
    return createDirectory(ctx, place.parent, place.name, creator);
  },

  /** Makes every missing directory of the path. */
  makeDirectories(ctx: CommandContext, path: string, creator: Creator): MadeDirectories {
    return makeDirectories(ctx, path, creator);
  },

  mknod(ctx: CommandContext, path: string, creator: Creator, rdev: number): Changed {
    const place = resolveNew(ctx.store, path, false);
    return createSpecialFile(ctx, place.parent, place.name, creator, rdev);
  },

  symlink(ctx: CommandContext, path: string, target: string, creator: Creator): Changed {
    checkTarget(target);
    const place = resolveNew(ctx.store, path, false);
    return createSymlink(ctx, place.parent, place.name, target, creator);
  },

  link(ctx: CommandContext, existing: string, path: string): Changed {
    const inode = resolveInode(ctx.store, existing, false);
    const place = resolveNew(ctx.store, path, false);
    return link(ctx, inode, place.parent, place.name);
  },

  unlink(ctx: CommandContext, path: string): null {
    const place = resolve(ctx.store, withoutSlash(path).path, false);
    // unlink(2): what is not a name is a directory.
    if (place.last !== 'name') throw errno('EISDIR');
    if (place.inode === undefined) throw errno('ENOENT');
    if (isDirectory(place.inode.mode)) throw errno('EISDIR');
    if (withoutSlash(path).hadSlash) throw errno('ENOTDIR');
    unlink(ctx, place.parent, place.name, place.inode);
    return null;
  },

  rmdir(ctx: CommandContext, path: string): null {
    const place = resolve(ctx.store, withoutSlash(path).path, false);
    if (place.last === 'dot') throw errno('EINVAL');
    if (place.last === 'dotdot') throw errno('ENOTEMPTY');
    if (place.last === 'root') throw errno('EBUSY');
    if (place.inode === undefined) throw errno('ENOENT');
    removeDirectory(ctx, place.parent, place.name, place.inode);
    return null;
  },

  /** Removes a directory with all that is below it: `rmdir` with `recursive`. */
  removeDirectoryTree(ctx: CommandContext, path: string): null {
    const place = resolveNamed(ctx, withoutSlash(path).path);
    if (!isDirectory(place.inode.mode)) throw errno('ENOTDIR');
    removeTree(ctx, place.parent, place.name, place.inode);
    return null;
  },

  /**
   * Removes a file, or with `recursive` a whole tree, in one step; with `force` a missing one is no
   * error. A directory without `recursive` is EISDIR.
   */
  removeTree(ctx: CommandContext, path: string, recursive: boolean, force: boolean): null {
    const place = resolve(ctx.store, path, false);
    if (place.last !== 'name') throw errno(place.last === 'dot' ? 'EINVAL' : 'EBUSY');
    if (place.inode === undefined) {
      if (force) return null;
      throw errno('ENOENT');
    }
    checkSlash(place, place.inode);
    if (isDirectory(place.inode.mode)) {
      if (!recursive) throw errno('EISDIR');
      removeTree(ctx, place.parent, place.name, place.inode);
    } else unlink(ctx, place.parent, place.name, place.inode);
    return null;
  },

  rename(ctx: CommandContext, from: string, to: string): Changed {
    const source = resolveVictim(ctx, from);
    const { path, hadSlash } = withoutSlash(to);
    const target = resolve(ctx.store, path, false);
    if (target.last !== 'name') throw errno('EBUSY');
    if (hadSlash && !isDirectory(source.inode.mode)) throw errno('ENOTDIR');
    return rename(ctx, source, target);
  },

  /** Copies a file by sharing its chunks. The copy gets the mode of the source. */
  copyFile(
    ctx: CommandContext,
    from: string,
    to: string,
    exclusive: boolean,
    creator: Creator,
  ): Changed {
    const source = resolveInode(ctx.store, from, true);
    if (isDirectory(source.mode)) throw errno('EISDIR');
    if (!isRegular(source.mode)) throw errno('ENXIO');
    const place = resolve(ctx.store, to, !exclusive);
    if (place.inode !== undefined && exclusive) throw errno('EEXIST');
    if (place.inode?.ino === source.ino) return { ino: source.ino, version: source.version };
    const made = place.inode ?? createEmptyCopy(ctx, place, source, creator);
    if (isDirectory(made.mode)) throw errno('EISDIR');
    if (!isRegular(made.mode)) throw errno('ENXIO');
    made.mode = source.mode;
    return shareContent(ctx, source, made);
  },

  chmod(ctx: CommandContext, target: Target, mode: number): Changed {
    return changeMode(ctx, inodeOf(ctx, target), mode);
  },

  chown(ctx: CommandContext, target: Target, uid: number, gid: number, follow: boolean): Changed {
    return changeOwner(ctx, inodeOf(ctx, target, follow), uid, gid);
  },

  utimes(
    ctx: CommandContext,
    target: Target,
    atime: Timestamp | undefined,
    mtime: Timestamp | undefined,
    follow: boolean,
  ): Changed {
    return changeTimes(ctx, inodeOf(ctx, target, follow), atime, mtime);
  },

  setXattr(
    ctx: CommandContext,
    target: Target,
    name: string,
    mode: XattrMode,
    follow: boolean,
    value: Uint8Array,
  ): Changed {
    return setXattr(ctx, inodeOf(ctx, target, follow), name, value, mode);
  },

  removeXattr(ctx: CommandContext, target: Target, name: string, follow: boolean): Changed {
    return removeXattr(ctx, inodeOf(ctx, target, follow), name);
  },

  /** Creates or replaces an entry with all of its attributes: what importing and restoring use. */
  placeEntry(ctx: CommandContext, path: string, entry: PlacedEntry, data: Uint8Array): Changed {
    return placeEntry(ctx, path, entry, data);
  },

  /** Does nothing: a transaction may consist of preconditions alone. */
  require(): null {
    return null;
  },
} as const;

function createEmptyCopy(ctx: OpContext, place: Place, source: Inode, creator: Creator): Inode {
  if (place.trailingSlash) throw errno('EISDIR');
  const mode = source.mode & ~S_IFMT;
  const made = createRegularFile(ctx, place.parent, place.name, { ...creator, mode });
  return ctx.store.inodes.get(made.ino) as Inode;
}

export type CommandName = keyof typeof COMMANDS;

type Tail<T extends readonly unknown[]> = T extends readonly [unknown, ...infer Rest] ? Rest : [];
type Init<T extends readonly unknown[]> = T extends readonly [...infer Start, infer Last]
  ? [Last] extends [Uint8Array]
    ? Start
    : T
  : [];

/** Arguments of a command as a client gives them; bytes travel apart from them. */
export type CommandArgs<K extends CommandName> = Init<Tail<Parameters<(typeof COMMANDS)[K]>>>;
export type CommandResult<K extends CommandName> = ReturnType<(typeof COMMANDS)[K]>;

/** A command as the writer runs it. */
export interface Command {
  readonly name: CommandName;
  readonly args: readonly unknown[];
  readonly data?: Uint8Array | undefined;
  readonly preconditions?: readonly Precondition[] | undefined;
}

type Handler = (ctx: CommandContext, ...args: unknown[]) => unknown;

/** Checks the preconditions, then runs the command. */
export function runCommand(ctx: CommandContext, command: Command): unknown {
  if (command.preconditions !== undefined) {
    for (const precondition of command.preconditions) checkPrecondition(ctx, precondition);
  }
  const handler = COMMANDS[command.name] as unknown as Handler;
  if (command.data === undefined) return handler(ctx, ...command.args);
  return handler(ctx, ...command.args, command.data);
}

function checkPrecondition(ctx: OpContext, { target, version, follow }: Precondition): void {
  const inode =
    typeof target === 'string'
      ? resolve(ctx.store, target, follow).inode
      : ctx.store.inodes.get(target);
  const actual = inode?.version ?? 0;
  if (actual === version) return;
  const what = typeof target === 'string' ? `'${target}'` : `inode ${target}`;
  throw new VolumeError(
    'ERR_VERSION_MISMATCH',
    `${what} is at version ${actual}, not ${version}.`,
    {
      expected: version,
      actual,
      path: typeof target === 'string' ? target : undefined,
      hint: 'Read it again and decide anew; nothing was changed.',
    },
  );
}
