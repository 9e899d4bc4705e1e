/**
 * What a file gives to whoever runs it: set-id bits and file capabilities. Somebody who changes the
 * content without the right to keep them takes them away. Rules: chmod(2), capabilities(7).
 */
import { isRegular } from '../core/mode.js';
import type { Inode } from '../store/inode-table.js';
import { withoutSetId } from './attributes.js';
import type { OpContext } from './context.js';

/** The extended attribute that holds a file's capabilities. */
const CAPABILITY_XATTR = 'security.capability';

/** Returns whether the mode changed; the caller saves the inode. */
export function dropPrivileges({ store }: OpContext, inode: Inode): boolean {
  if (!isRegular(inode.mode)) return false;
  store.xattrs.delete(inode.ino, CAPABILITY_XATTR);
  const { mode } = inode;
  inode.mode = withoutSetId(mode);
  return inode.mode !== mode;
}
