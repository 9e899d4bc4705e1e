/** What changed in a commit; sent to subscribers after it. Inode level: no paths, which may be many. */
import type { Ino } from './ino.js';

export type Change =
  | {
      readonly type: 'create' | 'remove';
      readonly ino: Ino;
      readonly parent: Ino;
      readonly name: string;
    }
  | {
      readonly type: 'rename';
      readonly ino: Ino;
      readonly parent: Ino;
      readonly name: string;
      readonly newParent: Ino;
      readonly newName: string;
    }
  | { readonly type: 'content' | 'attributes'; readonly ino: Ino };
