/** Path resolution for imports: symbolic links are never followed, wherever they stand. */
import { type Ino, ROOT_INO } from '../core/ino.js';
import { isDirectory } from '../core/mode.js';
import { parsePath } from '../core/path.js';
import type { Inode } from '../store/inode-table.js';
import type { Store } from '../store/store.js';

/**
 * What is at `path`, walked from the root through directories only; undefined when there is nothing,
 * or when something on the way is no directory.
 */
export function findWithoutLinks(store: Store, path: string): Inode | undefined {
  const { components } = parsePath(path);
  let ino: Ino = ROOT_INO;
  for (const [index, name] of components.entries()) {
    const found = store.dentries.step(ino, name);
    if (found === undefined) return undefined;
    const isLast = index === components.length - 1;
    if (!isLast && !isDirectory(found[1])) return undefined;
    ino = found[0];
  }
  return store.inodes.get(ino);
}
