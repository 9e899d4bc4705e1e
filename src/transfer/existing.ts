/** Whether what an import or export brings is there already. */
import type { Timestamp } from '../core/clock.js';
import { isRegular, isSymlink, S_IFMT } from '../core/mode.js';
import type { Inode } from '../store/inode-table.js';
import type { Store } from '../store/store.js';

export interface Brought {
  readonly mode: number;
  readonly size: number;
  readonly mtime: Timestamp;
  readonly rdev?: number | undefined;
  readonly target?: string | undefined;
}

/** Same type, modification time, and size, target or device number. */
export function isUnchanged(store: Store, existing: Inode, brought: Brought): boolean {
  if ((existing.mode & S_IFMT) !== (brought.mode & S_IFMT)) return false;
  const { sec, nsec } = brought.mtime;
  if (existing.mtimeSec !== sec || existing.mtimeNsec !== nsec) return false;
  if (isRegular(existing.mode)) return existing.size === brought.size;
  if (isSymlink(existing.mode)) return store.symlinks.get(existing.ino) === brought.target;
  return existing.rdev === (brought.rdev ?? 0);
}
