/** Renaming and hard links. Rules: rename(2), link(2). */
import { CircleWatch } from '../core/circles.js';
import { errno } from '../core/errno.js';
import { type Ino, ROOT_INO } from '../core/ino.js';
import { LINK_COUNT_MAX } from '../core/limits.js';
import { isDirectory } from '../core/mode.js';
import { type Inode, setTime } from '../store/inode-table.js';
import type { Store } from '../store/store.js';
import type { Changed, OpContext } from './context.js';
import { discard, dropLink, lostName } from './discard.js';

/** One end of a rename: a name in a directory and what is behind it. */
export interface NamedInode {
  readonly parent: Ino;
  readonly name: string;
  readonly inode: Inode;
}

export interface Target {
  readonly parent: Ino;
  readonly name: string;
  readonly inode: Inode | undefined;
}

/** Whether `ancestor` is `dir` or lies above it. The depth of a tree bounds the walk; EIO in a circle. */
function isWithin(store: Store, dir: Ino, ancestor: Ino): boolean {
  const circle = new CircleWatch();
  let at = dir;
  for (;;) {
    circle.pass(at);
    if (at === ancestor) return true;
    if (at === ROOT_INO) return false;
    const parent = store.inodes.get(at)?.parent;
    if (parent === undefined || parent === null) return false;
    at = parent;
  }
}

function checkRename(ctx: OpContext, from: NamedInode, to: Target): void {
  const { store } = ctx;
  if (isDirectory(from.inode.mode)) {
    // A directory cannot move below itself.
    if (from.parent !== to.parent && isWithin(store, to.parent, from.inode.ino))
      throw errno('EINVAL');
    if (from.inode.ino === to.parent) throw errno('EINVAL');
  }
  if (to.inode === undefined) return;
  if (isDirectory(to.inode.mode)) {
    // The target holds the source: it is not empty.
    if (isWithin(store, from.parent, to.inode.ino)) throw errno('ENOTEMPTY');
    if (!isDirectory(from.inode.mode)) throw errno('EISDIR');
    if (!store.dentries.isEmpty(to.inode.ino)) throw errno('ENOTEMPTY');
  } else if (isDirectory(from.inode.mode)) throw errno('ENOTDIR');
}

/** Moves a name, replacing what had the new one. Costs the same whatever a directory holds. */
export function rename(ctx: OpContext, from: NamedInode, to: Target): Changed {
  const { inode } = from;
  // Two names of one file: rename(2) does nothing.
  if (to.inode?.ino === inode.ino) return { ino: inode.ino, version: inode.version };
  checkRename(ctx, from, to);
  const { store, now } = ctx;
  const movesDirectory = isDirectory(inode.mode);
  const linksLost = to.inode !== undefined && isDirectory(to.inode.mode) ? 1 : 0;
  store.dentries.delete(from.parent, from.name);
  if (to.inode === undefined) store.dentries.insert(to.parent, to.name, inode.ino);
  else store.dentries.replace(to.parent, to.name, inode.ino);
  touchParents(ctx, from.parent, to.parent, movesDirectory ? 1 : 0, linksLost);
  if (movesDirectory) inode.parent = to.parent;
  if (movesDirectory || linksLost > 0) store.paths?.clear();
  setTime(inode, 'ctime', now);
  store.inodes.save(inode);
  if (to.inode !== undefined) dropReplaced(ctx, to.inode);
  const { parent, name } = from;
  ctx.emit({
    type: 'rename',
    ino: inode.ino,
    parent,
    name,
    newParent: to.parent,
    newName: to.name,
    version: inode.version,
    isDirectory: movesDirectory,
    replaced: to.inode === undefined ? undefined : lostName(to.inode),
  });
  return { ino: inode.ino, version: inode.version };
}

/**
 * Swaps what is behind two names. EINVAL when one holds the other. It is told as two renames, in order:
 * the first finds the new name taken and replaces nothing.
 */
export function exchange(ctx: OpContext, one: NamedInode, other: NamedInode): Changed {
  const { store } = ctx;
  const answer = (): Changed => ({ ino: one.inode.ino, version: one.inode.version });
  if (one.inode.ino === other.inode.ino) return answer();
  for (const [a, b] of [
    [one, other],
    [other, one],
  ] as const) {
    if (isDirectory(a.inode.mode) && isWithin(store, b.parent, a.inode.ino)) throw errno('EINVAL');
  }
  store.dentries.replace(one.parent, one.name, other.inode.ino);
  store.dentries.replace(other.parent, other.name, one.inode.ino);
  const moved = directoriesIn(one) - directoriesIn(other);
  touchParents(ctx, one.parent, other.parent, moved, 0);
  if (directoriesIn(one) + directoriesIn(other) > 0) store.paths?.clear();
  settle(ctx, one, other);
  settle(ctx, other, one);
  return answer();
}

function directoriesIn({ inode }: NamedInode): number {
  return isDirectory(inode.mode) ? 1 : 0;
}

/** One half of an exchange: the inode as it is under its new name. */
function settle(ctx: OpContext, { parent, name, inode }: NamedInode, to: NamedInode): void {
  const movesDirectory = isDirectory(inode.mode);
  if (movesDirectory) inode.parent = to.parent;
  setTime(inode, 'ctime', ctx.now);
  ctx.store.inodes.save(inode);
  ctx.emit({
    type: 'rename',
    ino: inode.ino,
    parent,
    name,
    newParent: to.parent,
    newName: to.name,
    version: inode.version,
    isDirectory: movesDirectory,
    replaced: undefined,
  });
}

function touchParents(ctx: OpContext, from: Ino, to: Ino, moved: number, lost: number): void {
  const { store, now } = ctx;
  if (from === to) {
    store.inodes.touchDirectory(from, now, -lost);
    return;
  }
  store.inodes.touchDirectory(from, now, -moved);
  store.inodes.touchDirectory(to, now, moved - lost);
}

function dropReplaced(ctx: OpContext, inode: Inode): void {
  if (isDirectory(inode.mode)) discard(ctx, inode);
  else dropLink(ctx, inode);
}

/** Gives a file another name. EPERM for a directory, EMLINK past the limit. */
export function link(ctx: OpContext, inode: Inode, parent: Ino, name: string): Changed {
  if (isDirectory(inode.mode)) throw errno('EPERM');
  if (inode.nlink >= LINK_COUNT_MAX) throw errno('EMLINK');
  if (inode.nlink === 0) throw errno('ENOENT');
  const { store, now } = ctx;
  store.dentries.insert(parent, name, inode.ino);
  store.inodes.touchDirectory(parent, now, 0);
  inode.nlink += 1;
  setTime(inode, 'ctime', now);
  store.inodes.save(inode);
  const { ino, version } = inode;
  ctx.emit({ type: 'create', ino, parent, name, version, isDirectory: false });
  return { ino, version };
}
