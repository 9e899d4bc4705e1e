/**
 * Placing an entry with all of its attributes, as importing and restoring need it: one step instead of
 * create, write, chown, chmod, utimes and setxattr.
 */
import type { Timestamp } from '../core/clock.js';
import { errno } from '../core/errno.js';
import { isDirectory, MODE_BITS, S_IFDIR, S_IFLNK, S_IFMT } from '../core/mode.js';
import { type Inode, setTime } from '../store/inode-table.js';
import type { Changed, Creator, OpContext } from './context.js';
import { createDirectory, createFile } from './create.js';
import { removeTree, unlink } from './remove.js';
import { resolve } from './resolve.js';
import { createSymlink } from './symlink.js';

export interface PlacedEntry {
  /** Type and permission bits, exactly as they are to be. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: Timestamp;
  readonly atime?: Timestamp | undefined;
  /** Devices. */
  readonly rdev?: number | undefined;
  /** Symbolic links. */
  readonly target?: string | undefined;
  /** Size in bytes when the data given is only the beginning; the rest starts as a hole. */
  readonly size?: number | undefined;
  readonly xattrs?: readonly (readonly [name: string, value: Uint8Array])[] | undefined;
}

/**
 * Creates the entry, or makes an existing one alike: a directory keeps its entries, anything else is
 * replaced. The directory above must exist.
 */
export function placeEntry(
  ctx: OpContext,
  path: string,
  entry: PlacedEntry,
  data: Uint8Array,
): Changed {
  const place = resolve(ctx.store, path, false);
  let inode = place.inode;
  if (inode !== undefined && !(isDirectory(inode.mode) && (entry.mode & S_IFMT) === S_IFDIR)) {
    if (place.last !== 'name') throw errno('EEXIST');
    if (isDirectory(inode.mode)) removeTree(ctx, place.parent, place.name, inode);
    else unlink(ctx, place.parent, place.name, inode);
    inode = undefined;
  }
  if (inode !== undefined) return alignDirectory(ctx, inode, entry);
  const made = create(ctx, place, entry, data);
  for (const [name, value] of entry.xattrs ?? []) ctx.store.xattrs.set(made.ino, name, value);
  return made;
}

interface FreeName {
  readonly parent: Inode['ino'];
  readonly name: string;
}

function create(ctx: OpContext, at: FreeName, entry: PlacedEntry, data: Uint8Array): Changed {
  const creator: Creator = { mode: entry.mode & MODE_BITS, uid: entry.uid, gid: entry.gid };
  const times = { mtime: entry.mtime, atime: entry.atime ?? entry.mtime };
  const type = entry.mode & S_IFMT;
  if (type === S_IFLNK) {
    return createSymlink(ctx, at.parent, at.name, entry.target ?? '', creator, times);
  }
  const made =
    type === S_IFDIR
      ? createDirectory(ctx, at.parent, at.name, creator, times)
      : createFile(ctx, at.parent, at.name, {
          type,
          creator,
          times,
          data,
          ...(entry.rdev === undefined ? {} : { rdev: entry.rdev }),
        });
  return exactly(ctx, made, entry);
}

/** Undoes what a setgid parent handed down, and sets a size beyond the data. */
function exactly(ctx: OpContext, made: Changed, entry: PlacedEntry): Changed {
  const inode = ctx.store.inodes.get(made.ino) as Inode;
  const size = Math.max(inode.size, entry.size ?? 0);
  if (inode.mode === entry.mode && inode.gid === entry.gid && inode.size === size) return made;
  inode.mode = entry.mode;
  inode.gid = entry.gid;
  inode.size = size;
  ctx.store.inodes.save(inode);
  return { ino: inode.ino, version: inode.version };
}

function alignDirectory(ctx: OpContext, inode: Inode, entry: PlacedEntry): Changed {
  inode.mode = entry.mode;
  inode.uid = entry.uid;
  inode.gid = entry.gid;
  setTime(inode, 'mtime', entry.mtime);
  setTime(inode, 'atime', entry.atime ?? entry.mtime);
  setTime(inode, 'ctime', ctx.now);
  ctx.store.inodes.save(inode);
  for (const [name, value] of entry.xattrs ?? []) ctx.store.xattrs.set(inode.ino, name, value);
  return { ino: inode.ino, version: inode.version };
}
