/** `mkdir -p`: makes every missing directory of a path in one step. */
import { Errno, type ErrnoCode, errno, errnoAt } from '../core/errno.js';
import { isDirectory } from '../core/mode.js';
import type { Inode } from '../store/inode-table.js';
import type { Changed, Creator, OpContext } from './context.js';
import { createDirectory } from './create.js';
import { resolveInode, resolveNew } from './resolve.js';

export interface MadeDirectories extends Changed {
  /** Path of the first directory that had to be made, absent when all existed. */
  readonly first?: string;
}

/** Nothing above can help against these. */
const FINAL: ReadonlySet<ErrnoCode> = new Set(['EACCES', 'ENOTDIR', 'EPERM', 'ENOSPC', 'EROFS']);

/**
 * Tries the path, then what is above it until something exists, then down again: Node's way, which
 * decides what `a/../b` makes and at which path an error points.
 */
export function makeDirectories(ctx: OpContext, path: string, creator: Creator): MadeDirectories {
  const pending = [path];
  let first: string | undefined;
  let last: Changed | undefined;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const made = attempt(ctx, next, creator, pending.length > 0);
    if (made === 'missing parent') pending.push(next, above(next));
    else last = made.inode;
    if (made !== 'missing parent' && made.isNew) first ??= next;
  }
  if (last === undefined) throw errno('ENOENT');
  return first === undefined ? last : { ...last, first };
}

interface Attempt {
  readonly inode: Changed;
  readonly isNew: boolean;
}

function attempt(
  ctx: OpContext,
  path: string,
  creator: Creator,
  isAbove: boolean,
): Attempt | 'missing parent' {
  try {
    const place = resolveNew(ctx.store, path, true);
    return { inode: createDirectory(ctx, place.parent, place.name, creator), isNew: true };
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    if (error.code === 'ENOENT' && above(path) !== path) return 'missing parent';
    if (FINAL.has(error.code)) throw errnoAt(error.code, { path });
    return { inode: existing(ctx, path, error.code === 'EEXIST' && isAbove), isNew: false };
  }
}

function above(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? path : path.slice(0, slash);
}

/** The directory that is there already; the error is that of looking at it. */
function existing(ctx: OpContext, path: string, isAbove: boolean): Changed {
  let inode: Inode;
  try {
    inode = resolveInode(ctx.store, path, true);
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    throw errnoAt(isAbove ? 'ENOTDIR' : error.code, { path });
  }
  if (!isDirectory(inode.mode)) throw errnoAt(isAbove ? 'ENOTDIR' : 'EEXIST', { path });
  return { ino: inode.ino, version: inode.version };
}
