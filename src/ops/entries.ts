/**
 * Making, removing and moving a name in a directory that is given by its number, as a mount asks for it.
 * The same operations run behind paths; here the kernel has walked the path.
 */
import { errno } from '../core/errno.js';
import type { Ino } from '../core/ino.js';
import { isDirectory } from '../core/mode.js';
import { checkName, isEntryName } from '../core/path.js';
import type { Inode } from '../store/inode-table.js';
import type { Changed, OpContext } from './context.js';
import { removeDirectory, unlink } from './remove.js';
import { link, rename } from './rename.js';

/** A directory and a name in it. */
export interface EntryPlace {
  readonly parent: Ino;
  readonly name: string;
}

/** EINVAL for what is no name, ENAMETOOLONG, and EEXIST when it is taken. */
export function checkFree({ store }: OpContext, { parent, name }: EntryPlace): void {
  if (!isEntryName(name)) throw errno('EINVAL');
  checkName(name);
  if (store.dentries.step(parent, name) !== undefined) throw errno('EEXIST');
}

/** The inode under a name; ENOENT when there is none. */
export function inodeAt({ store }: OpContext, { parent, name }: EntryPlace): Inode {
  checkName(name);
  const inode = store.dentries.lookup(parent, name);
  if (inode === undefined) throw errno('ENOENT');
  return inode;
}

export function linkAt(ctx: OpContext, ino: Ino, place: EntryPlace): Changed {
  checkFree(ctx, place);
  const inode = ctx.store.inodes.get(ino);
  if (inode === undefined) throw errno('ENOENT');
  checkDirectory(ctx, place.parent);
  return link(ctx, inode, place.parent, place.name);
}

/** A directory that lost its name takes no new entries. */
function checkDirectory({ store }: OpContext, parent: Ino): void {
  const facts = store.inodes.directoryFacts(parent);
  if (facts === undefined || facts.nlink === 0) throw errno('ENOENT');
  if (!isDirectory(facts.mode)) throw errno('ENOTDIR');
}

export function unlinkAt(ctx: OpContext, place: EntryPlace): null {
  unlink(ctx, place.parent, place.name, inodeAt(ctx, place));
  return null;
}

export function removeDirectoryAt(ctx: OpContext, place: EntryPlace): null {
  removeDirectory(ctx, place.parent, place.name, inodeAt(ctx, place));
  return null;
}

/** Moves a name; with `mayReplace` false EEXIST when the new one is taken. */
export function renameAt(
  ctx: OpContext,
  from: EntryPlace,
  to: EntryPlace,
  mayReplace: boolean,
): Changed {
  const inode = inodeAt(ctx, from);
  if (!isEntryName(to.name)) throw errno('EINVAL');
  checkName(to.name);
  checkDirectory(ctx, to.parent);
  const replaced = ctx.store.dentries.lookup(to.parent, to.name);
  if (replaced !== undefined && !mayReplace) throw errno('EEXIST');
  return rename(ctx, { ...from, inode }, { ...to, inode: replaced });
}
