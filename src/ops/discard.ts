/**
 * What happens to an inode that lost its last name: it is deleted at once, or becomes an orphan when
 * somebody still has it open or when deleting it would make the commit long.
 */
import type { LostName } from '../core/change.js';
import type { Ino } from '../core/ino.js';
import { FREE_CHUNKS_AT_ONCE_MAX } from '../core/limits.js';
import { isDirectory, isSymlink, S_IFREG } from '../core/mode.js';
import { type Inode, setTime } from '../store/inode-table.js';
import { EMPTY_CONTENT } from '../store/new-content.js';
import type { OpContext } from './context.js';

/** INVARIANT: no dentry names the inode any more. Saves or deletes the row. */
export function discard(ctx: OpContext, inode: Inode): void {
  inode.nlink = 0;
  const isLong = inode.chunks > FREE_CHUNKS_AT_ONCE_MAX;
  if (isLong || ctx.mustKeep(inode.ino)) makeOrphan(ctx, inode);
  else deleteInode(ctx, inode);
}

export function makeOrphan(ctx: OpContext, inode: Inode): void {
  inode.nlink = 0;
  ctx.store.inodes.save(inode);
  ctx.store.orphans.insert(inode.ino);
  ctx.wakeReaper();
}

/** Deletes the row and everything that hangs on it. The chunks are few, or gone already. */
export function deleteInode(ctx: OpContext, inode: Inode): void {
  const { store } = ctx;
  store.content.free(inode, Number.MAX_SAFE_INTEGER);
  if (isSymlink(inode.mode)) store.symlinks.delete(inode.ino);
  store.xattrs.deleteAll(inode.ino);
  store.inodes.delete(inode.ino);
}

/** An orphan without content, which takes the chunks that a truncation cuts off. */
export function createOrphan(ctx: OpContext): Inode {
  const { store, now } = ctx;
  const ino: Ino = store.inodes.insert({
    mode: S_IFREG,
    nlink: 0,
    uid: 0,
    gid: 0,
    rdev: 0,
    ...EMPTY_CONTENT,
    atime: now,
    mtime: now,
    ctime: now,
    parent: null,
  });
  store.orphans.insert(ino);
  ctx.wakeReaper();
  return store.inodes.get(ino) as Inode;
}

/** What subscribers are told of an inode that has just lost a name. */
export function lostName({ ino, nlink, version, mode }: Inode): LostName {
  return { ino, links: nlink, version, isDirectory: isDirectory(mode) };
}

/** Takes one name off an inode that is no directory. */
export function dropLink(ctx: OpContext, inode: Inode): void {
  setTime(inode, 'ctime', ctx.now);
  if (isDirectory(inode.mode) || inode.nlink <= 1) {
    discard(ctx, inode);
    return;
  }
  inode.nlink -= 1;
  ctx.store.inodes.save(inode);
}
