/**
 * What changed in a commit; sent to subscribers after it. Inode level: no paths, which may be many.
 *
 * One event per name or inode that an operation changed, however it did it: making a file with its
 * content is one `create`, removing a tree is one `remove`, of its top.
 */
import type { Ino } from './ino.js';

/** An inode that lost a name, and what it has left. */
export interface LostName {
  readonly ino: Ino;
  /** Names it still has; 0: it is gone, or lives on for those who have it open. */
  readonly links: number;
  /** Its version now; of no meaning without names. */
  readonly version: number;
  readonly isDirectory: boolean;
}

export type Change =
  | {
      readonly type: 'create';
      readonly ino: Ino;
      readonly parent: Ino;
      readonly name: string;
      readonly version: number;
      readonly isDirectory: boolean;
    }
  | (LostName & { readonly type: 'remove'; readonly parent: Ino; readonly name: string })
  /**
   * Of two names that are exchanged there are two, one behind the other: the first goes to a name that is
   * taken, without replacing anything, and the second takes away a name that leads elsewhere by then. So
   * the old name goes only if it still leads to `ino`.
   */
  | {
      readonly type: 'rename';
      readonly ino: Ino;
      readonly parent: Ino;
      readonly name: string;
      readonly newParent: Ino;
      readonly newName: string;
      readonly version: number;
      readonly isDirectory: boolean;
      /** What had the new name before; undefined when nothing had. */
      readonly replaced: LostName | undefined;
    }
  | { readonly type: 'content' | 'attributes'; readonly ino: Ino; readonly version: number };

/** A change, and the client of the writer that asked for it; 0: the writer itself. */
export interface AuthoredChange {
  readonly change: Change;
  readonly author: number;
}

/** All inodes of which something is different after a change, directories whose names changed included. */
export function inodesOf(change: Change): readonly Ino[] {
  switch (change.type) {
    case 'create':
    case 'remove':
      return [change.parent, change.ino];
    case 'rename': {
      const { parent, newParent, ino, replaced } = change;
      return replaced === undefined
        ? [parent, newParent, ino]
        : [parent, newParent, ino, replaced.ino];
    }
    case 'content':
    case 'attributes':
      return [change.ino];
  }
}
