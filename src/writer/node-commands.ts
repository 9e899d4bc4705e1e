/**
 * Commands of a mount: entries are given by the number of their directory and their name, files by
 * their number.
 */
import { errno } from '../core/errno.js';
import type { Ino } from '../core/ino.js';
import { noteAccess } from '../ops/access-time.js';
import { type WrittenBy, writeBy } from '../ops/content.js';
import type { Changed, Creator } from '../ops/context.js';
import { createDirectory, createRegularFile, createSpecialFile } from '../ops/create.js';
import {
  checkFree,
  type EntryPlace,
  exchangeAt,
  linkAt,
  removeDirectoryAt,
  renameAt,
  unlinkAt,
} from '../ops/entries.js';
import { type Copied, changeRange, copyRange, type RangeChange } from '../ops/ranges.js';
import { type AttributeChanges, setAttributes } from '../ops/set-attributes.js';
import { createSymlink } from '../ops/symlink.js';
import type { Inode } from '../store/inode-table.js';
import type { CommandContext } from './commands.js';

/** The kernel asks for the directory of a name next, and is told of the file. */
function published<T extends Changed>(ctx: CommandContext, { parent }: EntryPlace, changed: T): T {
  ctx.publish(changed.ino);
  ctx.publish(parent);
  return changed;
}

function inodeOf({ store }: CommandContext, ino: Ino): Inode {
  const inode = store.inodes.get(ino);
  // The kernel still knows it; told so, it looks the path up again.
  if (inode === undefined) throw errno('ESTALE');
  return inode;
}

export const NODE_COMMANDS = {
  /** Makes a regular file, which the client holds open. */
  createAt(ctx: CommandContext, place: EntryPlace, creator: Creator): Changed {
    checkFree(ctx, place);
    const made = createRegularFile(ctx, place.parent, place.name, creator);
    ctx.hold(made.ino);
    return published(ctx, place, made);
  },

  mkdirAt(ctx: CommandContext, place: EntryPlace, creator: Creator): Changed {
    checkFree(ctx, place);
    return published(ctx, place, createDirectory(ctx, place.parent, place.name, creator));
  },

  mknodAt(ctx: CommandContext, place: EntryPlace, creator: Creator, rdev: number): Changed {
    checkFree(ctx, place);
    const made = createSpecialFile(ctx, place.parent, place.name, creator, rdev);
    return published(ctx, place, made);
  },

  symlinkAt(ctx: CommandContext, place: EntryPlace, target: string, creator: Creator): Changed {
    checkFree(ctx, place);
    const made = createSymlink(ctx, place.parent, place.name, target, creator);
    return published(ctx, place, made);
  },

  linkAt(ctx: CommandContext, ino: Ino, place: EntryPlace): Changed {
    return published(ctx, place, linkAt(ctx, ino, place));
  },

  unlinkAt(ctx: CommandContext, place: EntryPlace): null {
    ctx.publish(place.parent);
    return unlinkAt(ctx, place);
  },

  rmdirAt(ctx: CommandContext, place: EntryPlace): null {
    ctx.publish(place.parent);
    return removeDirectoryAt(ctx, place);
  },

  renameAt(ctx: CommandContext, from: EntryPlace, to: EntryPlace, mayReplace: boolean): Changed {
    ctx.publish(from.parent);
    return published(ctx, to, renameAt(ctx, from, to, mayReplace));
  },

  exchangeAt(ctx: CommandContext, one: EntryPlace, other: EntryPlace): Changed {
    ctx.publish(one.parent);
    return published(ctx, other, exchangeAt(ctx, one, other));
  },

  /** Writes at `offset`, at the end when it is null; a stranger may not keep set-id bits of the file. */
  writeAt(
    ctx: CommandContext,
    ino: Ino,
    offset: number | null,
    asStranger: boolean,
    data: Uint8Array,
  ): WrittenBy {
    ctx.publish(ino);
    return writeBy(ctx, inodeOf(ctx, ino), offset, asStranger, data);
  },

  /** A file was read. */
  noteAccess(ctx: CommandContext, ino: Ino): null {
    return noteAccess(ctx, ino);
  },

  setAttributes(ctx: CommandContext, ino: Ino, changes: AttributeChanges): Changed {
    ctx.publish(ino);
    return setAttributes(ctx, inodeOf(ctx, ino), changes);
  },

  changeRange(
    ctx: CommandContext,
    ino: Ino,
    change: RangeChange,
    offset: number,
    length: number,
    keepsSize: boolean,
    asStranger: boolean,
  ): Changed {
    return changeRange(ctx, inodeOf(ctx, ino), change, offset, length, keepsSize, asStranger);
  },

  copyRange(
    ctx: CommandContext,
    from: Ino,
    start: number,
    to: Ino,
    offset: number,
    length: number,
    asStranger: boolean,
  ): Copied {
    const target = inodeOf(ctx, to);
    const source = from === to ? target : inodeOf(ctx, from);
    return copyRange(ctx, source, start, target, offset, length, asStranger);
  },
} as const;
