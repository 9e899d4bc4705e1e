/**
 * Path resolution: from a path to a directory, a name in it and the inode behind that name.
 *
 * The rules are the Linux kernel's (path_resolution(7)): symbolic links are followed in the middle of a
 * path, at its end when `follow` is set or a slash stands behind it; more than 40 give ELOOP. `..` of
 * the root is the root.
 */
import { errno } from '../core/errno.js';
import { type Ino, ROOT_INO } from '../core/ino.js';
import { SYMLINK_DEPTH_MAX } from '../core/limits.js';
import { isDirectory, isSymlink } from '../core/mode.js';
import { checkName, type ParsedPath, parsePath } from '../core/path.js';
import type { Inode } from '../store/inode-table.js';
import type { Store } from '../store/store.js';

/** What stands at the end of a path: a name, or one of the three that cannot be made or removed. */
export type LastKind = 'name' | 'dot' | 'dotdot' | 'root';

export interface Place {
  /** The directory that holds, or would hold, the name. */
  readonly parent: Ino;
  readonly name: string;
  readonly last: LastKind;
  readonly trailingSlash: boolean;
  /** Absent when there is no such entry. */
  readonly inode: Inode | undefined;
}

interface Walk {
  /** Names from the root to `dir`, when the caller wants the path without links. */
  readonly trail: string[] | undefined;
  components: readonly string[];
  index: number;
  dir: Ino;
  trailingSlash: boolean;
  linksFollowed: number;
}

/** Resolves `path`. Throws ENOENT, ENOTDIR, ELOOP or ENAMETOOLONG for what is before the last name. */
export function resolve(store: Store, path: string, follow: boolean): Place {
  return resolveWith(store, path, follow, undefined);
}

function resolveWith(
  store: Store,
  path: string,
  follow: boolean,
  trail: string[] | undefined,
): Place {
  const parsed = parsePath(path);
  const walk: Walk = {
    trail,
    components: parsed.components,
    index: 0,
    dir: ROOT_INO,
    trailingSlash: parsed.trailingSlash,
    linksFollowed: 0,
  };
  if (walk.components.length === 0) return placeOfDirectory(store, walk, 'root');
  for (;;) {
    const place = advance(store, walk, follow);
    if (place !== undefined) return place;
  }
}

/** One component; a place when it was the last. */
function advance(store: Store, walk: Walk, follow: boolean): Place | undefined {
  const name = walk.components[walk.index] as string;
  const isLast = walk.index === walk.components.length - 1;
  walk.index += 1;
  if (name === '.' || name === '..') {
    if (name === '..') {
      walk.dir = parentOf(store, walk.dir);
      walk.trail?.pop();
    }
    return isLast ? placeOfDirectory(store, walk, name === '.' ? 'dot' : 'dotdot') : undefined;
  }
  checkName(name);
  return isLast ? finish(store, walk, name, follow) : step(store, walk, name);
}

function step(store: Store, walk: Walk, name: string): Place | undefined {
  const found = store.dentries.step(walk.dir, name);
  if (found === undefined) throw errno('ENOENT');
  const [ino, mode] = found;
  if (isDirectory(mode)) {
    walk.dir = ino;
    walk.trail?.push(name);
    return undefined;
  }
  if (!isSymlink(mode)) throw errno('ENOTDIR');
  return followLink(store, walk, ino);
}

function finish(store: Store, walk: Walk, name: string, follow: boolean): Place | undefined {
  const inode = store.dentries.lookup(walk.dir, name);
  if (inode !== undefined && isSymlink(inode.mode) && (follow || walk.trailingSlash)) {
    return followLink(store, walk, inode.ino);
  }
  const { dir, trailingSlash } = walk;
  return { parent: dir, name, last: 'name', trailingSlash, inode };
}

/** Puts the target of a link in front of what is left of the path. */
function followLink(store: Store, walk: Walk, ino: Ino): Place | undefined {
  walk.linksFollowed += 1;
  if (walk.linksFollowed > SYMLINK_DEPTH_MAX) throw errno('ELOOP');
  const target = store.symlinks.get(ino);
  if (target === undefined) throw errno('EIO');
  const parsed: ParsedPath = parsePath(target);
  const rest = walk.components.slice(walk.index);
  if (target.startsWith('/')) {
    walk.dir = ROOT_INO;
    if (walk.trail !== undefined) walk.trail.length = 0;
  }
  if (rest.length === 0 && parsed.trailingSlash) walk.trailingSlash = true;
  walk.components = rest.length === 0 ? parsed.components : [...parsed.components, ...rest];
  walk.index = 0;
  // A link to '/' with nothing behind it.
  return walk.components.length === 0 ? placeOfDirectory(store, walk, 'root') : undefined;
}

function placeOfDirectory(store: Store, walk: Walk, last: LastKind): Place {
  const inode = store.inodes.get(walk.dir);
  if (inode === undefined) throw errno('EIO');
  return { parent: walk.dir, name: '', last, trailingSlash: walk.trailingSlash, inode };
}

function parentOf(store: Store, dir: Ino): Ino {
  return store.inodes.get(dir)?.parent ?? ROOT_INO;
}

/** The inode at `path`; ENOENT when there is none, ENOTDIR for a slash behind a file. */
export function resolveInode(store: Store, path: string, follow: boolean): Inode {
  const { inode, trailingSlash } = resolve(store, path, follow);
  if (inode === undefined) throw errno('ENOENT');
  if (trailingSlash && !isDirectory(inode.mode)) throw errno('ENOTDIR');
  return inode;
}

/** The absolute path of what `path` leads to, without links, `.` and `..` (realpath(3)). */
export function realPath(store: Store, path: string): string {
  const trail: string[] = [];
  const { inode, name, trailingSlash } = resolveWith(store, path, true, trail);
  if (inode === undefined) throw errno('ENOENT');
  if (trailingSlash && !isDirectory(inode.mode)) throw errno('ENOTDIR');
  if (name !== '') trail.push(name);
  return `/${trail.join('/')}`;
}

/** A place for a new name: EEXIST when it is taken, ENOENT for a trailing slash unless allowed. */
export function resolveNew(store: Store, path: string, allowTrailingSlash: boolean): Place {
  const place = resolve(store, path, false);
  if (place.inode !== undefined) throw errno('EEXIST');
  if (place.trailingSlash && !allowTrailingSlash) throw errno('ENOENT');
  return place;
}
