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
import { exchange, link, rename } from './rename.js';

/** A directory and a name in it. */
export interface EntryPlace {
  readonly parent: Ino;
  readonly name: string;
}

/**
 * Whether a name may be given: EINVAL for what is no name, ENAMETOOLONG, EEXIST when it is taken, and
 * what is wrong with the directory.
 */
export function checkFree(ctx: OpContext, { parent, name }: EntryPlace): void {
  if (!isEntryName(name)) throw errno('EINVAL');
  checkName(name);
  if (ctx.store.dentries.step(parent, name) !== undefined) throw errno('EEXIST');
  checkDirectory(ctx, parent);
}

/** The inode under a name; ENOENT when there is none, ESTALE when there is no such directory. */
export function inodeAt({ store }: OpContext, { parent, name }: EntryPlace): Inode {
  checkName(name);
  const inode = store.dentries.lookup(parent, name);
  if (inode !== undefined) return inode;
  throw errno(store.inodes.directoryFacts(parent) === undefined ? 'ESTALE' : 'ENOENT');
}

export function linkAt(ctx: OpContext, ino: Ino, place: EntryPlace): Changed {
  checkFree(ctx, place);
  const inode = ctx.store.inodes.get(ino);
  if (inode === undefined) throw errno('ESTALE');
  return link(ctx, inode, place.parent, place.name);
}

/** A directory that lost its name takes no new entries. */
function checkDirectory({ store }: OpContext, parent: Ino): void {
  const facts = store.inodes.directoryFacts(parent);
  if (facts === undefined) throw errno('ESTALE');
  if (!isDirectory(facts.mode)) throw errno('ENOTDIR');
  if (facts.nlink === 0) throw errno('ENOENT');
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

/** Swaps what is behind two names. */
export function exchangeAt(ctx: OpContext, one: EntryPlace, other: EntryPlace): Changed {
  const inode = inodeAt(ctx, one);
  return exchange(ctx, { ...one, inode }, { ...other, inode: inodeAt(ctx, other) });
}
