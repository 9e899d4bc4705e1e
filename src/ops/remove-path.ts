/**
 * Removing by path. Rules: unlink(2), rmdir(2); and those of Node for whole trees, which looks at the
 * path first and leaves the rest to whichever of the two fits.
 */
import { Errno, errno, errnoAt } from '../core/errno.js';
import type { Ino } from '../core/ino.js';
import { REMOVE_ENTRIES_AT_ONCE_MAX } from '../core/limits.js';
import { isDirectory } from '../core/mode.js';
import type { Inode } from '../store/inode-table.js';
import type { OpContext } from './context.js';
import { removeDirectory, removeTree, unlink } from './remove.js';
import { type Place, resolveInode, resolveName } from './resolve.js';

/** `unlink`: anything but a directory. */
export function removeFile(ctx: OpContext, path: string): null {
  const place = resolveName(ctx.store, path);
  if (place.last !== 'name') throw errno('EISDIR');
  if (place.inode === undefined) throw errno('ENOENT');
  if (isDirectory(place.inode.mode)) throw errno('EISDIR');
  if (place.trailingSlash) throw errno('ENOTDIR');
  unlink(ctx, place.parent, place.name, place.inode);
  return null;
}

/** `rmdir`. */
export function removeEmptyDirectory(ctx: OpContext, path: string): null {
  const { parent, name, inode } = directoryPlace(ctx, path);
  removeDirectory(ctx, parent, name, inode);
  return null;
}

const REFUSED = { dot: 'EINVAL', dotdot: 'ENOTEMPTY', root: 'EBUSY' } as const;

function directoryPlace(ctx: OpContext, path: string): Place & { readonly inode: Inode } {
  const place = resolveName(ctx.store, path);
  if (place.last !== 'name') throw errno(REFUSED[place.last]);
  const { inode } = place;
  if (inode === undefined) throw errno('ENOENT');
  if (!isDirectory(inode.mode)) throw errno('ENOTDIR');
  return { ...place, inode };
}

/** `rm`: a missing path is no error with `force`, a directory is EISDIR without `recursive`. */
export function removePath(ctx: OpContext, path: string, recursive: boolean, force: boolean): null {
  const inode = found(ctx, path, false, force);
  if (inode === undefined) return null;
  if (isDirectory(inode.mode) && !recursive) throw errno('EISDIR');
  return removeFound(ctx, path, inode);
}

/**
 * `rmSync` with `recursive`: as `rm`, but with `force` the errors are those of unlink and rmdir, and a
 * link to a directory with a slash behind it is refused by rmdir.
 */
export function removePathInTurn(ctx: OpContext, path: string, force: boolean): null {
  const looked = force ? foundInTurn(ctx, path) : resolveInode(ctx.store, path, false);
  if (looked === undefined) return null;
  if (looked === 'unknown' || !isDirectory(looked.mode)) {
    return at('unlink', () => removeIfAny(ctx, path));
  }
  const place = resolveName(ctx.store, path);
  if (place.inode !== undefined && !isDirectory(place.inode.mode)) {
    throw errnoAt('ENOTDIR', { syscall: 'rmdir' });
  }
  return at('rmdir', () => removeWholeDirectory(ctx, path));
}

/** What cannot be looked at is left to unlink, which knows why. */
function foundInTurn(ctx: OpContext, path: string): Inode | undefined | 'unknown' {
  try {
    return found(ctx, path, false, true);
  } catch (error) {
    if (error instanceof Errno) return 'unknown';
    throw error;
  }
}

function removeIfAny(ctx: OpContext, path: string): null {
  try {
    return removeFile(ctx, path);
  } catch (error) {
    if (error === errno('ENOENT')) return null;
    throw error;
  }
}

/**
 * `rmdir` with `recursive`: a link to a directory is removed, not followed, by promises, which look
 * through it; those who look at the link itself are refused by rmdir.
 */
export function removeDirectoryPath(ctx: OpContext, path: string, look: 'stat' | 'lstat'): null {
  const inode = at(look, () => resolveInode(ctx.store, path, look === 'stat'));
  if (!isDirectory(inode.mode)) throw errno('ENOTDIR');
  return removeFound(ctx, path, resolveInode(ctx.store, path, false));
}

function found(ctx: OpContext, path: string, follow: boolean, force: boolean): Inode | undefined {
  try {
    return resolveInode(ctx.store, path, follow);
  } catch (error) {
    if (force && error === errno('ENOENT')) return undefined;
    throw error;
  }
}

function removeFound(ctx: OpContext, path: string, inode: Inode): null {
  if (!isDirectory(inode.mode)) return at('unlink', () => removeFile(ctx, path));
  return at('rmdir', () => removeWholeDirectory(ctx, path));
}

function removeWholeDirectory(ctx: OpContext, path: string): null {
  const place = resolveName(ctx.store, path);
  if (place.last === 'dotdot') return empty(ctx, place);
  if (place.last !== 'name') throw errno(REFUSED[place.last]);
  const { parent, name, inode } = place;
  if (inode === undefined) throw errno('ENOENT');
  // A link with a slash behind it was looked at through the link; Node then does nothing.
  if (isDirectory(inode.mode)) removeTree(ctx, parent, name, inode);
  return null;
}

/** `a/..` cannot be removed, but what is in it: with it the path itself disappears. */
function empty(ctx: OpContext, { parent }: Place): null {
  for (;;) {
    const entries = ctx.store.dentries.listAny(parent, '', REMOVE_ENTRIES_AT_ONCE_MAX);
    if (entries.length === 0) return null;
    for (const { name, ino } of entries) removeEntry(ctx, parent, name, ino);
  }
}

function removeEntry(ctx: OpContext, parent: Ino, name: string, ino: Ino): void {
  const inode = ctx.store.inodes.get(ino);
  if (inode === undefined) throw errno('EIO');
  if (isDirectory(inode.mode)) removeTree(ctx, parent, name, inode);
  else unlink(ctx, parent, name, inode);
}

/** Errors of `work` point at the system call that Node makes there. */
function at<T>(syscall: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof Errno ? errnoAt(error.code, { syscall }) : error;
  }
}
