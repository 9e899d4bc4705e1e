/** Changing mode, owner and times. Rules: chmod(2), chown(2), utimensat(2). */
import type { Timestamp } from '../core/clock.js';
import { errno } from '../core/errno.js';
import { isDirectory, MODE_BITS, S_IFMT, S_ISGID, S_ISUID } from '../core/mode.js';
import { type Inode, setTime } from '../store/inode-table.js';
import type { Changed, OpContext } from './context.js';

const S_IXGRP = 0o010;
/** An owner given as this is left as it is, as in chown(2). */
export const UNCHANGED_OWNER: number = 2 ** 32 - 1;

/** Saves what changed beside the content: ctime, version, event. */
export function saveAttributes(ctx: OpContext, inode: Inode): Changed {
  setTime(inode, 'ctime', ctx.now);
  ctx.store.inodes.save(inode);
  ctx.emit({ type: 'attributes', ino: inode.ino, version: inode.version });
  return { ino: inode.ino, version: inode.version };
}

/** The type stays; the caller saves the inode. */
export function setMode(inode: Inode, mode: number): void {
  inode.mode = (inode.mode & S_IFMT) | (mode & MODE_BITS);
}

export function changeMode(ctx: OpContext, inode: Inode, mode: number): Changed {
  setMode(inode, mode);
  return saveAttributes(ctx, inode);
}

/** The caller saves the inode. */
export function setOwner(inode: Inode, uid: number, gid: number): void {
  if (uid !== UNCHANGED_OWNER && uid !== -1) inode.uid = uid;
  if (gid !== UNCHANGED_OWNER && gid !== -1) inode.gid = gid;
  // Linux takes them away whoever changes the owner.
  if (!isDirectory(inode.mode)) inode.mode = withoutSetId(inode.mode);
}

export function changeOwner(ctx: OpContext, inode: Inode, uid: number, gid: number): Changed {
  setOwner(inode, uid, gid);
  return saveAttributes(ctx, inode);
}

/** Without setuid, and without setgid where the group may run the file; elsewhere that bit means no identity. */
export function withoutSetId(mode: number): number {
  const cleared = mode & ~S_ISUID;
  return (mode & S_IXGRP) === 0 ? cleared : cleared & ~S_ISGID;
}

/** A time that is undefined stays; EINVAL for one that is null: it is none that a file can have. */
export function changeTimes(
  ctx: OpContext,
  inode: Inode,
  atime: Timestamp | null | undefined,
  mtime: Timestamp | null | undefined,
): Changed {
  if (atime === null || mtime === null) throw errno('EINVAL');
  if (atime !== undefined) setTime(inode, 'atime', atime);
  if (mtime !== undefined) setTime(inode, 'mtime', mtime);
  return saveAttributes(ctx, inode);
}
