/** Making inodes and giving them their first name. */

import { errno } from '../core/errno.js';
import type { Ino } from '../core/ino.js';
import {
  isDirectory,
  MODE_BITS,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
  S_ISGID,
  S_ISUID,
} from '../core/mode.js';
import type { DirectoryFacts, Inode } from '../store/inode-table.js';
import { EMPTY_CONTENT } from '../store/new-content.js';
import type { Changed, Creator, OpContext } from './context.js';

/** mkdir(2) takes no set-id bits: setgid comes from above. */
const MKDIR_BITS = MODE_BITS & ~(S_ISUID | S_ISGID);

/** A setgid directory hands down its group, and the bit to directories. */
function inheritedGid(parent: DirectoryFacts, creator: Creator): number {
  return (parent.mode & S_ISGID) === 0 ? creator.gid : parent.gid;
}

function parentDirectory(ctx: OpContext, parent: Ino): DirectoryFacts {
  const facts = ctx.store.inodes.directoryFacts(parent);
  if (facts === undefined) throw errno('ENOENT');
  if (!isDirectory(facts.mode)) throw errno('ENOTDIR');
  // A directory that lost its name takes no new entries.
  if (facts.nlink === 0) throw errno('ENOENT');
  return facts;
}

export interface NewFile {
  readonly type: number;
  readonly creator: Creator;
  readonly rdev?: number;
  /** First bytes; at most what one `content.write` takes. */
  readonly data?: Uint8Array | undefined;
  /** Instead of `data`: the file whose content the new one shares. */
  readonly contentOf?: Inode | undefined;
  readonly size?: number;
}

/**
 * Creates an inode of any type but directory under a free name. Content longer than one chunk is
 * written through the ordinary path, still in the same operation.
 */
export function createFile(ctx: OpContext, parent: Ino, name: string, file: NewFile): Changed {
  const { store, now } = ctx;
  const directory = parentDirectory(ctx, parent);
  const content = file.data === undefined ? EMPTY_CONTENT : store.content.create(file.data);
  const ino = store.inodes.insert({
    mode: file.type | (file.creator.mode & MODE_BITS),
    nlink: 1,
    uid: file.creator.uid,
    gid: inheritedGid(directory, file.creator),
    size: file.size ?? content.size,
    chunks: content.chunks,
    head: content.head,
    inlineCrc32c: content.inlineCrc32c,
    inline: content.inline,
    rdev: file.rdev ?? 0,
    atime: now,
    mtime: now,
    ctime: now,
    parent: null,
  });
  store.dentries.insert(parent, name, ino);
  store.inodes.touchDirectory(parent, now, 0);
  const version = complete(ctx, ino, content.size, file);
  // One event for the file as it is now, not one more for its content.
  ctx.emit({ type: 'create', ino, parent, name, version, isDirectory: false });
  return { ino, version };
}

/** Adds what the first row could not hold; returns the version of the inode. */
function complete(ctx: OpContext, ino: Ino, done: number, { data, contentOf }: NewFile): number {
  const isWhole = data === undefined || data.length <= done;
  if (isWhole && contentOf === undefined) return 1;
  const inode = ctx.store.inodes.get(ino);
  if (inode === undefined) throw errno('EIO');
  if (contentOf !== undefined) ctx.store.content.share(contentOf, inode);
  else if (data !== undefined) ctx.store.content.write(inode, done, data.subarray(done));
  ctx.store.inodes.save(inode);
  return inode.version;
}

export function createRegularFile(
  ctx: OpContext,
  parent: Ino,
  name: string,
  creator: Creator,
  data?: Uint8Array,
): Changed {
  return createFile(ctx, parent, name, { type: S_IFREG, creator, data });
}

export function createDirectory(
  ctx: OpContext,
  parent: Ino,
  name: string,
  creator: Creator,
): Changed {
  const { store, now } = ctx;
  const directory = parentDirectory(ctx, parent);
  const ino = store.inodes.insert({
    ...EMPTY_CONTENT,
    mode: S_IFDIR | (creator.mode & MKDIR_BITS) | (directory.mode & S_ISGID),
    nlink: 2,
    uid: creator.uid,
    gid: inheritedGid(directory, creator),
    rdev: 0,
    atime: now,
    mtime: now,
    ctime: now,
    parent,
  });
  store.dentries.insert(parent, name, ino);
  store.inodes.touchDirectory(parent, now, 1);
  ctx.emit({ type: 'create', ino, parent, name, version: 1, isDirectory: true });
  return { ino, version: 1 };
}

/** What mknod(2) makes. */
const SPECIAL_TYPES: readonly number[] = [S_IFREG, S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK];

/** A FIFO, socket, device node or empty regular file; EPERM for a directory, EINVAL for the rest. */
export function createSpecialFile(
  ctx: OpContext,
  parent: Ino,
  name: string,
  creator: Creator,
  rdev: number,
): Changed {
  const type = creator.mode & S_IFMT || S_IFREG;
  if (type === S_IFDIR) throw errno('EPERM');
  if (!SPECIAL_TYPES.includes(type)) throw errno('EINVAL');
  return createFile(ctx, parent, name, { type, creator, rdev });
}
