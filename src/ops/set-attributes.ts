/** Several attributes of an inode in one step, as SETATTR of a mount asks for them. */
import type { Timestamp } from '../core/clock.js';
import { errno } from '../core/errno.js';
import { isDirectory, isRegular } from '../core/mode.js';
import { type Inode, setTime } from '../store/inode-table.js';
import { setMode, setOwner } from './attributes.js';
import { cut } from './content.js';
import type { Changed, OpContext } from './context.js';
import { dropPrivileges } from './privileges.js';

/** What is to change; times of 'now' are the writer's clock. */
export interface AttributeChanges {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** In bytes. */
  readonly size?: number;
  readonly atime?: Timestamp | 'now';
  readonly mtime?: Timestamp | 'now';
  /** As a page cache that owns the times reports it; otherwise the writer's clock. */
  readonly ctime?: Timestamp;
  /** A change of the size is by somebody who may not keep set-id bits. */
  readonly asStranger?: boolean;
}

/** EISDIR and EINVAL for the size of what is no regular file, EFBIG for one that is too big. */
export function setAttributes(ctx: OpContext, inode: Inode, changes: AttributeChanges): Changed {
  const { mode, uid, gid, size, atime, mtime, ctime } = changes;
  if (size !== undefined) {
    if (isDirectory(inode.mode)) throw errno('EISDIR');
    if (!isRegular(inode.mode)) throw errno('EINVAL');
    cut(ctx, inode, size);
    dropPrivileges(ctx, inode, { keepsSetId: changes.asStranger !== true });
    setTime(inode, 'mtime', ctx.now);
  }
  // The owner first: changing it takes set-id bits away, which a mode in the same request may set.
  if (uid !== undefined || gid !== undefined) {
    setOwner(inode, uid ?? inode.uid, gid ?? inode.gid);
    dropPrivileges(ctx, inode, { keepsSetId: false });
  }
  if (mode !== undefined) setMode(inode, mode);
  if (atime !== undefined) setTime(inode, 'atime', atime === 'now' ? ctx.now : atime);
  if (mtime !== undefined) setTime(inode, 'mtime', mtime === 'now' ? ctx.now : mtime);
  setTime(inode, 'ctime', ctime ?? ctx.now);
  ctx.store.inodes.save(inode);
  const { ino, version } = inode;
  ctx.emit({ type: size === undefined ? 'attributes' : 'content', ino, version });
  return { ino, version };
}
