/** Making and reading symbolic links. */
import { errno } from '../core/errno.js';
import type { Ino } from '../core/ino.js';
import { PATH_BYTES_MAX } from '../core/limits.js';
import { isSymlink, S_IFLNK } from '../core/mode.js';
import type { Inode } from '../store/inode-table.js';
import type { Store } from '../store/store.js';
import type { Changed, Creator, OpContext } from './context.js';
import { createFile } from './create.js';

// The bits of a symbolic link mean nothing; Linux shows all of them.
const SYMLINK_MODE = 0o777;

export function createSymlink(
  ctx: OpContext,
  parent: Ino,
  name: string,
  target: string,
  creator: Creator,
): Changed {
  const size = checkTarget(target);
  const made = createFile(ctx, parent, name, {
    type: S_IFLNK,
    creator: { ...creator, mode: SYMLINK_MODE },
    size,
  });
  ctx.store.symlinks.insert(made.ino, target);
  return made;
}

/** Length in bytes of a target that may be stored. */
export function checkTarget(target: string): number {
  if (target.length === 0) throw errno('ENOENT');
  const bytes = Buffer.byteLength(target);
  if (bytes >= PATH_BYTES_MAX) throw errno('ENAMETOOLONG');
  return bytes;
}

export function readLink(store: Store, inode: Inode): string {
  if (!isSymlink(inode.mode)) throw errno('EINVAL');
  const target = store.symlinks.get(inode.ino);
  if (target === undefined) throw errno('EIO');
  return target;
}
