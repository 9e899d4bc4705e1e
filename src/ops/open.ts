/** Opening by path. Rules: open(2); the flags that matter here are O_CREAT, O_EXCL, O_TRUNC,
 * O_DIRECTORY and O_NOFOLLOW. */
import { errno } from '../core/errno.js';
import {
  asksToWrite,
  creates,
  isExclusive,
  refusesSymlink,
  truncates,
  wantsDirectory,
} from '../core/flags.js';
import { isDirectory, isRegular, isSymlink } from '../core/mode.js';
import type { Inode } from '../store/inode-table.js';
import type { Store } from '../store/store.js';
import { truncate } from './content.js';
import type { Creator, OpContext } from './context.js';
import { createRegularFile } from './create.js';
import { type Place, resolve, resolveToCreate } from './resolve.js';

/** Where `open` would act: follows the last link unless the flags forbid it. */
export function resolveForOpen(store: Store, path: string, flags: number): Place {
  const follow = !isExclusive(flags) && !refusesSymlink(flags);
  return creates(flags) ? resolveToCreate(store, path, follow) : resolve(store, path, follow);
}

/** Whether an existing inode may be opened so; throws the errno if not. */
export function checkOpen(inode: Inode, flags: number, trailingSlash: boolean): void {
  if (isExclusive(flags)) throw errno('EEXIST');
  if (isSymlink(inode.mode)) throw errno(wantsDirectory(flags) ? 'ENOTDIR' : 'ELOOP');
  if (isDirectory(inode.mode)) {
    if (asksToWrite(flags) || creates(flags)) throw errno('EISDIR');
    return;
  }
  if (trailingSlash || wantsDirectory(flags)) throw errno('ENOTDIR');
  // No kernel stands behind a FIFO, socket or device node in a library.
  if (!isRegular(inode.mode)) throw errno('ENXIO');
}

/** Opens for reading what exists already; changes nothing. */
export function openExisting(store: Store, path: string, flags: number): Inode {
  const { inode, trailingSlash } = resolveForOpen(store, path, flags);
  if (inode === undefined) throw errno('ENOENT');
  checkOpen(inode, flags, trailingSlash);
  return inode;
}

/** Opens, creating and truncating as the flags say. */
export function open(ctx: OpContext, path: string, flags: number, creator: Creator): Inode {
  const { store } = ctx;
  const place = resolveForOpen(store, path, flags);
  if (place.inode === undefined) {
    checkCreate(flags);
    const made = createRegularFile(ctx, place.parent, place.name, creator);
    return store.inodes.get(made.ino) as Inode;
  }
  checkOpen(place.inode, flags, place.trailingSlash);
  if (truncates(flags) && isRegular(place.inode.mode)) truncate(ctx, place.inode, 0);
  return place.inode;
}

/** Whether a missing file may be created so. */
export function checkCreate(flags: number): void {
  if (!creates(flags)) throw errno('ENOENT');
  if (wantsDirectory(flags)) throw errno('EINVAL');
}
