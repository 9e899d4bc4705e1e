/** `mkdir -p`: makes every missing directory of a path in one step. */
import { errno } from '../core/errno.js';
import { isDirectory } from '../core/mode.js';
import { parsePath } from '../core/path.js';
import type { Inode } from '../store/inode-table.js';
import type { Changed, Creator, OpContext } from './context.js';
import { createDirectory } from './create.js';
import { resolve } from './resolve.js';

export interface MadeDirectories extends Changed {
  /** Path of the first directory that had to be made, absent when all existed. */
  readonly first?: string;
}

/** EEXIST when the path is a file, ENOTDIR when something on the way is. */
export function makeDirectories(ctx: OpContext, path: string, creator: Creator): MadeDirectories {
  const { components } = parsePath(path);
  const whole = existing(ctx, path);
  if (whole !== undefined) return found(whole, 'EEXIST');
  const absolute = path.startsWith('/');
  let first: string | undefined;
  let result: Changed | undefined;
  for (let count = 1; count <= components.length; count += 1) {
    const prefix = (absolute ? '/' : '') + components.slice(0, count).join('/');
    const place = resolve(ctx.store, prefix, true);
    if (place.inode !== undefined) {
      result = found(place.inode, count === components.length ? 'EEXIST' : 'ENOTDIR');
    } else {
      result = createDirectory(ctx, place.parent, place.name, creator);
      first ??= prefix;
    }
  }
  if (result === undefined) throw errno('ENOENT');
  return first === undefined ? result : { ...result, first };
}

function existing(ctx: OpContext, path: string): Inode | undefined {
  try {
    return resolve(ctx.store, path, true).inode;
  } catch (error) {
    if (error === errno('ENOENT')) return undefined;
    throw error;
  }
}

function found(inode: Inode, otherwise: 'EEXIST' | 'ENOTDIR'): Changed {
  if (!isDirectory(inode.mode)) throw errno(otherwise);
  return { ino: inode.ino, version: inode.version };
}
