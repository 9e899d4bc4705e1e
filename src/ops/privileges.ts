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

/**
 * Capabilities go with every change of the content or the owner; so do set-id bits, unless who makes the
 * change may keep them (CAP_FSETID). Returns whether the mode changed; the caller saves the inode.
 */
export function dropPrivileges(
  { store }: OpContext,
  inode: Inode,
  { keepsSetId }: { readonly keepsSetId: boolean },
): boolean {
  if (!isRegular(inode.mode)) return false;
  store.xattrs.delete(inode.ino, CAPABILITY_XATTR);
  if (keepsSetId) return false;
  const { mode } = inode;
  inode.mode = withoutSetId(mode);
  return inode.mode !== mode;
}
