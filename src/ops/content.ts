/** Writing, truncating and copying the content of regular files. */
import { errno } from '../core/errno.js';
import { isDirectory, isRegular } from '../core/mode.js';
import { type Inode, setTime } from '../store/inode-table.js';
import type { Changed, OpContext } from './context.js';
import { createOrphan } from './discard.js';
import { dropPrivileges } from './privileges.js';

export interface Written extends Changed {
  /** Where the bytes went; with append, the old end of the file. */
  readonly offset: number;
  readonly size: number;
}

/** Saves what changed in the content: mtime, ctime, version, event. */
export function saveContent(ctx: OpContext, inode: Inode): void {
  setTime(inode, 'mtime', ctx.now);
  setTime(inode, 'ctime', ctx.now);
  ctx.store.inodes.save(inode);
  ctx.emit({ type: 'content', ino: inode.ino, version: inode.version });
}

/** EISDIR for a directory, EINVAL for what has no content. */
function checkRegular(inode: Inode): void {
  if (isDirectory(inode.mode)) throw errno('EISDIR');
  if (!isRegular(inode.mode)) throw errno('EINVAL');
}

/** Writes at `offset`, or at the end when it is null. */
export function write(
  ctx: OpContext,
  inode: Inode,
  offset: number | null,
  data: Uint8Array,
): Written {
  checkRegular(inode);
  const at = offset ?? inode.size;
  ctx.store.content.write(inode, at, data);
  if (data.length > 0) saveContent(ctx, inode);
  return { ino: inode.ino, version: inode.version, offset: at, size: inode.size };
}

export interface WrittenBy extends Written {
  /** Whether set-id bits went. */
  readonly hasNewMode: boolean;
}

/** The same with what it takes from a file that gives rights to who runs it. A stranger may not keep set-id bits. */
export function writeBy(
  ctx: OpContext,
  inode: Inode,
  offset: number | null,
  asStranger: boolean,
  data: Uint8Array,
): WrittenBy {
  checkRegular(inode);
  const hasNewMode = data.length > 0 && dropPrivileges(ctx, inode, { keepsSetId: !asStranger });
  return { ...write(ctx, inode, offset, data), hasNewMode };
}

export function truncate(ctx: OpContext, inode: Inode, size: number): Changed {
  checkRegular(inode);
  cut(ctx, inode, size);
  saveContent(ctx, inode);
  return { ino: inode.ino, version: inode.version };
}

/** Sets the size of a regular file; the caller saves the inode. */
export function cut(ctx: OpContext, inode: Inode, size: number): void {
  let orphan: Inode | undefined;
  ctx.store.content.truncate(inode, size, () => {
    orphan ??= createOrphan(ctx);
    return orphan;
  });
  if (orphan !== undefined) ctx.store.inodes.save(orphan);
}

/** Makes `data` the whole content. */
export function replaceContent(ctx: OpContext, inode: Inode, data: Uint8Array): Written {
  checkRegular(inode);
  cut(ctx, inode, 0);
  ctx.store.content.write(inode, 0, data);
  saveContent(ctx, inode);
  return { ino: inode.ino, version: inode.version, offset: 0, size: inode.size };
}

/** Makes `to` hold what `from` holds; the chunks are shared and no bytes copied. */
export function shareContent(ctx: OpContext, from: Inode, to: Inode): Changed {
  cut(ctx, to, 0);
  ctx.store.content.share(from, to);
  saveContent(ctx, to);
  return { ino: to.ino, version: to.version };
}
