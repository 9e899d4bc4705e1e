/** Changing parts of the content of regular files. Rules: fallocate(2), copy_file_range(2). */
import { errno } from '../core/errno.js';
import { FILE_SIZE_MAX } from '../core/limits.js';
import { isDirectory, isRegular } from '../core/mode.js';
import type { Inode } from '../store/inode-table.js';
import { saveContent } from './content.js';
import type { Changed, OpContext } from './context.js';
import { createOrphan } from './discard.js';
import { dropPrivileges } from './privileges.js';

/**
 * What is done with a range.
 *
 *   reserve  nothing but the size: there is no space to set aside in a database
 *   punch    the range reads as zeros and takes no space; the size stays
 *   zero     the range reads as zeros
 */
export type RangeChange = 'reserve' | 'punch' | 'zero';

function checkRange(inode: Inode, offset: number, length: number): void {
  if (isDirectory(inode.mode)) throw errno('EISDIR');
  if (!isRegular(inode.mode)) throw errno('ENODEV');
  if (offset < 0 || length <= 0) throw errno('EINVAL');
  if (offset + length > FILE_SIZE_MAX) throw errno('EFBIG');
}

/** With `keepsSize` nothing past the end of the file changes. A stranger may not keep set-id bits. */
export function changeRange(
  ctx: OpContext,
  inode: Inode,
  change: RangeChange,
  offset: number,
  length: number,
  keepsSize: boolean,
  asStranger: boolean,
): Changed {
  checkRange(inode, offset, length);
  const end = offset + length;
  if (change !== 'reserve') zero(ctx, inode, offset, Math.min(end, inode.size));
  if (!keepsSize && change !== 'punch') inode.size = Math.max(inode.size, end);
  dropPrivileges(ctx, inode, { keepsSetId: !asStranger });
  saveContent(ctx, inode);
  return { ino: inode.ino, version: inode.version };
}

function zero(ctx: OpContext, inode: Inode, start: number, end: number): void {
  if (start >= end) return;
  let orphan: Inode | undefined;
  ctx.store.content.zero(inode, start, end, () => {
    orphan ??= createOrphan(ctx);
    return orphan;
  });
  if (orphan !== undefined) ctx.store.inodes.save(orphan);
}

/** Most bytes that are copied in one operation where they cannot be shared: a commit of some milliseconds. */
const COPIED_BYTES_MAX = 4 * 1024 * 1024;
/** Most that are shared in one operation. */
const SHARED_BYTES_MAX = 256 * 1024 * 1024;

export interface Copied extends Changed {
  /** Bytes that were copied: fewer than asked for at the end of the source, or past a bound. */
  readonly length: number;
}

/**
 * Copies a range from one file to another, or within one where the ranges do not overlap (EINVAL). A stranger may
 * not keep set-id bits.
 */
export function copyRange(
  ctx: OpContext,
  from: Inode,
  start: number,
  to: Inode,
  offset: number,
  length: number,
  asStranger: boolean,
): Copied {
  for (const inode of [from, to]) {
    if (isDirectory(inode.mode)) throw errno('EISDIR');
    if (!isRegular(inode.mode)) throw errno('EINVAL');
  }
  const isAligned = (start - offset) % ctx.store.content.chunkSizeBytes === 0;
  const most = isAligned ? SHARED_BYTES_MAX : COPIED_BYTES_MAX;
  const count = Math.max(0, Math.min(length, from.size - start, most));
  if (from.ino === to.ino && Math.abs(start - offset) < count) throw errno('EINVAL');
  // One file, one object: what is written must be seen by what is read.
  const source = from.ino === to.ino ? to : from;
  if (count > 0) {
    ctx.store.content.copyRange(source, start, to, offset, count);
    dropPrivileges(ctx, to, { keepsSetId: !asStranger });
    saveContent(ctx, to);
  }
  return { ino: to.ino, version: to.version, length: count };
}
