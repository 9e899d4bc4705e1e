/**
 * What the kernel has to be told of a change that it has not asked for itself: names that lead elsewhere
 * now, attributes and bytes that are others.
 */
import type { Change } from '../core/change.js';
import type { Ino } from '../core/ino.js';

export interface EntryNotice {
  readonly type: 'entry';
  readonly parent: Ino;
  readonly name: string;
  /**
   * Only to be looked up again when somebody comes by. A directory that is thrown out would have no path
   * any more for those who work in it.
   */
  readonly isGentle: boolean;
}

export interface InodeNotice {
  readonly type: 'inode';
  readonly ino: Ino;
  /** Of a file its bytes, of a directory its names, besides the attributes. */
  readonly withContent: boolean;
}

export type Notice = EntryNotice | InodeNotice;

/** What follows from a change, of that which the kernel may remember. */
export function noticesOf(change: Change, concerns: (ino: Ino) => boolean): Notice[] {
  return allNoticesOf(change).filter((notice) =>
    concerns(notice.type === 'entry' ? notice.parent : notice.ino),
  );
}

function allNoticesOf(change: Change): Notice[] {
  switch (change.type) {
    case 'create':
      return [...nameNotices(change), attributesOf(change.ino)];
    case 'remove':
      return [...nameNotices(change), attributesOf(change.ino)];
    case 'rename': {
      const { ino, newParent, newName, isDirectory, replaced } = change;
      return [
        ...nameNotices(change),
        ...nameNotices({ parent: newParent, name: newName, isDirectory }),
        // The listing of a directory has its parent.
        { type: 'inode', ino, withContent: isDirectory },
        ...(replaced === undefined ? [] : [attributesOf(replaced.ino)]),
      ];
    }
    case 'content':
      return [{ type: 'inode', ino: change.ino, withContent: true }];
    case 'attributes':
      return [attributesOf(change.ino)];
  }
}

function nameNotices(place: {
  readonly parent: Ino;
  readonly name: string;
  readonly isDirectory: boolean;
}): Notice[] {
  const { parent, name, isDirectory } = place;
  return [
    { type: 'entry', parent, name, isGentle: isDirectory },
    { type: 'inode', ino: parent, withContent: true },
  ];
}

function attributesOf(ino: Ino): InodeNotice {
  return { type: 'inode', ino, withContent: false };
}
