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
    return made;
  },

  mkdirAt(ctx: CommandContext, place: EntryPlace, creator: Creator): Changed {
    checkFree(ctx, place);
    return createDirectory(ctx, place.parent, place.name, creator);
  },

  mknodAt(ctx: CommandContext, place: EntryPlace, creator: Creator, rdev: number): Changed {
    checkFree(ctx, place);
    return createSpecialFile(ctx, place.parent, place.name, creator, rdev);
  },

  symlinkAt(ctx: CommandContext, place: EntryPlace, target: string, creator: Creator): Changed {
    checkFree(ctx, place);
    return createSymlink(ctx, place.parent, place.name, target, creator);
  },

  linkAt(ctx: CommandContext, ino: Ino, place: EntryPlace): Changed {
    return linkAt(ctx, ino, place);
  },

  unlinkAt(ctx: CommandContext, place: EntryPlace): null {
    return unlinkAt(ctx, place);
  },

  rmdirAt(ctx: CommandContext, place: EntryPlace): null {
    return removeDirectoryAt(ctx, place);
  },

  renameAt(ctx: CommandContext, from: EntryPlace, to: EntryPlace, mayReplace: boolean): Changed {
    return renameAt(ctx, from, to, mayReplace);
  },

  exchangeAt(ctx: CommandContext, one: EntryPlace, other: EntryPlace): Changed {
    return exchangeAt(ctx, one, other);
  },

  /** Writes at `offset`, at the end when it is null; a stranger may not keep set-id bits of the file. */
  writeAt(
    ctx: CommandContext,
    ino: Ino,
    offset: number | null,
    asStranger: boolean,
    data: Uint8Array,
  ): WrittenBy {
    return writeBy(ctx, inodeOf(ctx, ino), offset, asStranger, data);
  },

  /** A file was read. */
  noteAccess(ctx: CommandContext, ino: Ino): null {
    return noteAccess(ctx, ino);
  },

  setAttributes(ctx: CommandContext, ino: Ino, changes: AttributeChanges): Changed {
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
