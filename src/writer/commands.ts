/**
 * Commands: the changes that a client may ask the writer for. Each resolves its paths and calls an
 * operation, all inside the writer's transaction, so that nothing changes in between.
 *
 * A target is a path or the number of an inode that the client holds open.
 */
import type { Timestamp } from '../core/clock.js';
import { errno, errnoAt } from '../core/errno.js';
import { VolumeError } from '../core/errors.js';
import { appends, mayWrite, truncates } from '../core/flags.js';
import type { Ino } from '../core/ino.js';
import { isDirectory, isRegular, S_IFMT, S_IFREG } from '../core/mode.js';
import { changeMode, changeOwner, changeTimes } from '../ops/attributes.js';
import { replaceContent, shareContent, truncate, type Written, write } from '../ops/content.js';
import type { Changed, Creator, OpContext } from '../ops/context.js';
import {
  createDirectory,
  createFile,
  createRegularFile,
  createSpecialFile,
} from '../ops/create.js';
import { createOrphan } from '../ops/discard.js';
import {
  cancelLock,
  type LockAnswer,
  type LockContext,
  type LockRequest,
  lock,
  testLock,
  unlock,
} from '../ops/lock.js';
import { makeDirectories } from '../ops/make-directories.js';
import { checkCreate, checkOpen, open, resolveForOpen } from '../ops/open.js';
import { type PlacedEntries, type PlaceOrder, placeEntries } from '../ops/place-entries.js';
import {
  removeDirectoryPath,
  removeEmptyDirectory,
  removeFile,
  removePath,
  removePathInTurn,
} from '../ops/remove-path.js';
import { link } from '../ops/rename.js';
import { renamePath } from '../ops/rename-path.js';
import { type Place, resolve, resolveInode, resolveNew, resolveToCreate } from '../ops/resolve.js';
import { checkTarget, createSymlink } from '../ops/symlink.js';
import { removeXattr, setXattr, type XattrMode } from '../ops/xattr.js';
import type { Inode } from '../store/inode-table.js';
import type { LockConflict, LockKind } from '../store/lock-table.js';
import { NODE_COMMANDS } from './node-commands.js';

/** A path, or an inode number that the client holds open. */
export type Target = string | Ino;

/** Condition under which a command may run: the version of a target, 0 for "does not exist". */
export interface Precondition {
  readonly target: Target;
  readonly version: number;
  readonly follow: boolean;
}

export interface CommandContext extends LockContext {
  /** Notes that the client has the inode open from now on; takes effect with the commit. */
  hold(ino: Ino): void;
  /** The client will ask for the inode as it is after the commit: it finds it in shared memory. */
  publish(ino: Ino): void;
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

/** An error of the content, not of the path. */
const WRITE = { syscall: 'write', path: undefined } as const;

/** A file opened for reading only: it is the write that fails, when there is something to write. */
function checkWrite(flags: number, data: Uint8Array): void {
  if (!mayWrite(flags) && data.length > 0) throw errnoAt('EBADF', WRITE);
}

export const PATH_COMMANDS = {
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
      checkCreate(flags);
      checkWrite(flags, data);
      const made = createRegularFile(ctx, place.parent, place.name, creator, data);
      return { ino: made.ino, version: made.version, offset: 0, size: data.length };
    }
    checkOpen(place.inode, flags, place.trailingSlash);
    checkWrite(flags, data);
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
    return removeFile(ctx, path);
  },

  rmdir(ctx: CommandContext, path: string): null {
    return removeEmptyDirectory(ctx, path);
  },

  /** `rmdir` with `recursive`. */
  removeDirectoryTree(ctx: CommandContext, path: string, look: 'stat' | 'lstat'): null {
    return removeDirectoryPath(ctx, path, look);
  },

  /** `rm`, in one step whatever is below. EISDIR for a directory without `recursive`. */
  removeTree(ctx: CommandContext, path: string, recursive: boolean, force: boolean): null {
    return removePath(ctx, path, recursive, force);
  },

  /** `rmSync` with `recursive`. */
  removeTreeInTurn(ctx: CommandContext, path: string, force: boolean): null {
    return removePathInTurn(ctx, path, force);
  },

  rename(ctx: CommandContext, from: string, to: string): Changed {
    return renamePath(ctx, from, to);
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
    const place = resolveToCreate(ctx.store, to, !exclusive);
    if (place.inode !== undefined && exclusive) throw errno('EEXIST');
    if (place.inode?.ino === source.ino) return { ino: source.ino, version: source.version };
    // Opening both ends comes before reading, which is what a directory refuses.
    for (const inode of [place.inode, source]) {
      if (inode === undefined) continue;
      if (isDirectory(inode.mode)) throw errno('EISDIR');
      if (!isRegular(inode.mode)) throw errno('ENXIO');
    }
    if (place.inode === undefined) return createCopy(ctx, place, source, creator);
    place.inode.mode = source.mode;
    return shareContent(ctx, source, place.inode);
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
    atime: Timestamp | null | undefined,
    mtime: Timestamp | null | undefined,
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

  /** Places entries of several directories; see the operation for what is refused. */
  placeEntries(ctx: CommandContext, order: PlaceOrder, data: Uint8Array): PlacedEntries {
    return placeEntries(ctx, order, data);
  },

  /**
   * An empty file without a name, open for the client: filled by `write`, named by `placeEntries`. One
   * that is not named is deleted when it is closed, or when the process dies.
   */
  createNameless(ctx: CommandContext): Changed {
    const inode = createOrphan(ctx);
    ctx.hold(inode.ino);
    return { ino: inode.ino, version: inode.version };
  },

  /** Takes an advisory lock, or joins the queue for it; a link at the end of a path is followed. */
  lock(ctx: CommandContext, target: Target, request: LockRequest): LockAnswer {
    return lock(ctx, inodeOf(ctx, target).ino, request);
  },

  /** Gives bytes up; false when the owner held none of them. */
  unlock(
    ctx: CommandContext,
    ino: Ino,
    kind: LockKind,
    owner: string,
    first: number,
    last: number,
  ): boolean {
    return unlock(ctx, ino, kind, owner, first, last);
  },

  /** Leaves the queue; false when the claim is not in it (any more). */
  cancelLock(ctx: CommandContext, seq: number): boolean {
    return cancelLock(ctx, seq);
  },

  /** The lock that is in the way of a request, null when there is none. */
  testLock(ctx: CommandContext, target: Target, request: LockRequest): LockConflict | null {
    return testLock(ctx, inodeOf(ctx, target).ino, request) ?? null;
  },

  /** Does nothing: a transaction may consist of preconditions alone. */
  require(): null {
    return null;
  },
} as const;

function createCopy(ctx: OpContext, place: Place, source: Inode, creator: Creator): Changed {
  const mode = source.mode & ~S_IFMT;
  return createFile(ctx, place.parent, place.name, {
    type: S_IFREG,
    creator: { ...creator, mode },
    contentOf: source,
  });
}

/** All commands: those of the library, by path, and those of a mount. */
export const COMMANDS: typeof PATH_COMMANDS & typeof NODE_COMMANDS = {
  ...PATH_COMMANDS,
  ...NODE_COMMANDS,
};

export type CommandName = keyof typeof COMMANDS;

const FREEING: ReadonlySet<CommandName> = new Set([
  'unlink',
  'rmdir',
  'removeDirectoryTree',
  'removeTree',
  'removeTreeInTurn',
  'removeXattr',
  'unlinkAt',
  'rmdirAt',
  'unlock',
  'cancelLock',
]);

/** Whether a command gives space back, and takes next to none: it is let through on a full disk. */
export function onlyFrees({ name }: Command): boolean {
  return FREEING.has(name);
}

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

/** Where a directory on the way is missing there is no such file, either. */
function inodeIfAny(ctx: OpContext, path: string, follow: boolean): Inode | undefined {
  try {
    return resolve(ctx.store, path, follow).inode;
  } catch (error) {
    if (error === errno('ENOENT')) return undefined;
    throw error;
  }
}

function checkPrecondition(ctx: OpContext, { target, version, follow }: Precondition): void {
  const inode =
    typeof target === 'string' ? inodeIfAny(ctx, target, follow) : ctx.store.inodes.get(target);
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
