/** Removing names: files, empty directories, and whole trees. */
import { errno } from '../core/errno.js';
import type { Ino } from '../core/ino.js';
import { REMOVE_ENTRIES_AT_ONCE_MAX } from '../core/limits.js';
import { isDirectory } from '../core/mode.js';
import type { Inode } from '../store/inode-table.js';
import type { OpContext } from './context.js';
import { deleteInode, discard, dropLink, makeOrphan } from './discard.js';

/** Removes the name of anything but a directory (EISDIR). */
export function unlink(ctx: OpContext, parent: Ino, name: string, inode: Inode): void {
  if (isDirectory(inode.mode)) throw errno('EISDIR');
  ctx.store.dentries.delete(parent, name);
  ctx.store.inodes.touchDirectory(parent, ctx.now, 0);
  dropLink(ctx, inode);
  const { ino, nlink: links, version } = inode;
  ctx.emit({ type: 'remove', parent, name, ino, links, version, isDirectory: false });
}

/** Removes an empty directory (ENOTDIR, ENOTEMPTY). */
export function removeDirectory(ctx: OpContext, parent: Ino, name: string, inode: Inode): void {
  if (!isDirectory(inode.mode)) throw errno('ENOTDIR');
  if (!ctx.store.dentries.isEmpty(inode.ino)) throw errno('ENOTEMPTY');
  detachDirectory(ctx, parent, name, inode);
  discard(ctx, inode);
}

function detachDirectory(ctx: OpContext, parent: Ino, name: string, inode: Inode): void {
  ctx.store.dentries.delete(parent, name);
  ctx.store.paths?.clear();
  ctx.store.inodes.touchDirectory(parent, ctx.now, -1);
  const { ino, version } = inode;
  ctx.emit({ type: 'remove', parent, name, ino, links: 0, version, isDirectory: true });
}

/**
 * Removes a directory with all that is below it, in one step whatever its size: the name goes at once;
 * a tree too big for one commit becomes an orphan that the reaper takes apart.
 */
export function removeTree(ctx: OpContext, parent: Ino, name: string, inode: Inode): void {
  detachDirectory(ctx, parent, name, inode);
  const pending: Inode[] = [inode];
  let budget = REMOVE_ENTRIES_AT_ONCE_MAX;
  while (pending.length > 0 && budget > 0) {
    const directory = pending.pop() as Inode;
    budget -= takeApart(ctx, directory, budget, (child) => pending.push(child));
    if (ctx.store.dentries.isEmpty(directory.ino)) discard(ctx, directory);
    else makeOrphan(ctx, directory);
  }
  for (const directory of pending) makeOrphan(ctx, directory);
}

/**
 * Removes up to `limit` entries of a directory that nothing names any more; its child directories lose
 * their name and go to `onDirectory`. Returns the number of entries removed.
 */
export function takeApart(
  ctx: OpContext,
  directory: Inode,
  limit: number,
  onDirectory: (child: Inode) => void,
): number {
  const { store } = ctx;
  const entries = store.dentries.listAny(directory.ino, '', limit);
  for (const { name, ino } of entries) {
    store.dentries.delete(directory.ino, name);
    const inode = store.inodes.get(ino);
    if (inode === undefined) throw errno('EIO');
    if (isDirectory(inode.mode)) onDirectory(inode);
    else dropLinkBelow(ctx, inode);
  }
  return entries.length;
}

/** The removed tree was told as one; of a file that has a name elsewhere the link count is news. */
function dropLinkBelow(ctx: OpContext, inode: Inode): void {
  dropLink(ctx, inode);
  const { ino, version } = inode;
  if (inode.nlink > 0) ctx.emit({ type: 'attributes', ino, version });
}

export interface Reaped {
  /** Whether the orphan is deleted. */
  readonly gone: boolean;
  /** Entries removed and chunks freed, at least 1. */
  readonly work: number;
}

/** Frees a slice of an orphan that nobody holds: at most `limit` entries or chunks. */
export function reap(ctx: OpContext, inode: Inode, limit: number): Reaped {
  const { store } = ctx;
  let work = 1;
  if (isDirectory(inode.mode)) {
    work += takeApart(ctx, inode, limit, (child) => makeOrphan(ctx, child));
    if (!store.dentries.isEmpty(inode.ino)) return { gone: false, work };
  } else {
    const before = inode.chunks;
    const empty = store.content.free(inode, limit);
    work += before - inode.chunks;
    if (!empty) {
      store.inodes.save(inode);
      return { gone: false, work };
    }
  }
  store.orphans.delete(inode.ino);
  deleteInode(ctx, inode);
  return { gone: true, work };
}
