/** Renaming by path: the order of checks is that of rename(2) in the Linux kernel. */
import { errno } from '../core/errno.js';
import { isDirectory } from '../core/mode.js';
import type { Changed, OpContext } from './context.js';
import { rename } from './rename.js';
import { lookUp, resolveParent } from './resolve.js';

export function renamePath(ctx: OpContext, from: string, to: string): Changed {
  const { store } = ctx;
  const source = resolveParent(store, from);
  const target = resolveParent(store, to);
  if (source.last !== 'name' || target.last !== 'name') throw errno('EBUSY');
  const inode = lookUp(store, source);
  if (inode === undefined) throw errno('ENOENT');
  const replaced = lookUp(store, target);
  const slash = source.trailingSlash || target.trailingSlash;
  if (slash && !isDirectory(inode.mode)) throw errno('ENOTDIR');
  return rename(
    ctx,
    { parent: source.parent, name: source.name, inode },
    { parent: target.parent, name: target.name, inode: replaced },
  );
}
