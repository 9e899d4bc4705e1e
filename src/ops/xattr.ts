/** Extended attributes. Rules: setxattr(2), getxattr(2). */
import { errno } from '../core/errno.js';
import { XATTR_NAME_BYTES_MAX, XATTR_VALUE_BYTES_MAX } from '../core/limits.js';
import type { Inode } from '../store/inode-table.js';
import type { Store } from '../store/store.js';
import { saveAttributes } from './attributes.js';
import type { Changed, OpContext } from './context.js';

/** `neither`: what asks for both at once, which is never to be had. */
export type XattrMode = 'create' | 'replace' | 'either' | 'neither';

function checkXattrName(name: string): void {
  // C, and so every other program, would see another name.
  if (name.includes('\0')) throw errno('EINVAL');
  if (name.length === 0 || Buffer.byteLength(name) > XATTR_NAME_BYTES_MAX) throw errno('ERANGE');
}

/** ENODATA when there is no such attribute. */
export function getXattr(store: Store, inode: Inode, name: string): Buffer {
  checkXattrName(name);
  const value = store.xattrs.get(inode.ino, name);
  if (value === undefined) throw errno('ENODATA');
  return value;
}

/** EEXIST or ENODATA as `mode` asks, E2BIG for a value over 64 KiB. */
export function setXattr(
  ctx: OpContext,
  inode: Inode,
  name: string,
  value: Uint8Array,
  mode: XattrMode,
): Changed {
  checkXattrName(name);
  if (value.length > XATTR_VALUE_BYTES_MAX) throw errno('E2BIG');
  if (mode !== 'either') {
    const exists = ctx.store.xattrs.get(inode.ino, name) !== undefined;
    if (exists && mode !== 'replace') throw errno('EEXIST');
    if (!exists && mode !== 'create') throw errno('ENODATA');
  }
  ctx.store.xattrs.set(inode.ino, name, value);
  return saveAttributes(ctx, inode);
}

export function removeXattr(ctx: OpContext, inode: Inode, name: string): Changed {
  checkXattrName(name);
  if (!ctx.store.xattrs.delete(inode.ino, name)) throw errno('ENODATA');
  return saveAttributes(ctx, inode);
}
