/**
 * Path resolution: from a path to a directory, a name in it and the inode behind that name.
 *
 * The rules are the Linux kernel's (path_resolution(7)): symbolic links are followed in the middle of a
 * path, at its end when `follow` is set or a slash stands behind it; more than 40 give ELOOP. `..` of
 * the root is the root. Functions that make or remove a name never follow a link of that name.
 */
import { errno } from '../core/errno.js';
import { type Ino, ROOT_INO } from '../core/ino.js';
import { SYMLINK_DEPTH_MAX } from '../core/limits.js';
import { isDirectory, isSymlink } from '../core/mode.js';
import { checkName, isEntryName, type ParsedPath, parsePath, plainNames } from '../core/path.js';
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

/** What the end of a path is for. */
type Purpose =
  /** The inode, through a link that stands at the end. */
  | 'follow'
  /** The inode, the link itself unless a slash stands behind it. */
  | 'keep'
  /** The name: to make, remove or move it. */
  | 'name';

interface Walk {
  readonly purpose: Purpose;
  /** Whether a missing file would be created: then a slash at the end asks for the impossible. */
  readonly creates: boolean;
  /** Names from the root to `dir`, when the caller wants the path without links. */
  readonly trail: string[] | undefined;
  /** The path of the last name's directory, while the walk to it is plain enough to be cached. */
  plainPrefix: string | undefined;
  components: readonly string[];
  index: number;
  dir: Ino;
  trailingSlash: boolean;
  linksFollowed: number;
}

/** Resolves `path`. Throws ENOENT, ENOTDIR, ELOOP or ENAMETOOLONG for what is before the last name. */
export function resolve(store: Store, path: string, follow: boolean): Place {
  return run(store, startWalk(store, path, follow ? 'follow' : 'keep'));
}

/** For opening with O_CREAT: EISDIR for a slash behind a last name, whatever is there. */
export function resolveToCreate(store: Store, path: string, follow: boolean): Place {
  return run(store, startWalk(store, path, follow ? 'follow' : 'keep', true));
}

function startWalk(
  store: Store,
  path: string,
  purpose: Purpose,
  creates = false,
  trail?: string[],
): Walk {
  const end = path.lastIndexOf('/');
  const plainPrefix = trail === undefined && end > 0 ? path.slice(0, end) : undefined;
  const cached = plainPrefix === undefined ? undefined : store.paths?.get(plainPrefix);
  const name = path.slice(end + 1);
  // The cached part was checked when it was entered; what remains is one name.
  const isCached = cached !== undefined && isEntryName(name) && path.length <= CACHED_LENGTH_MAX;
  const parsed: ParsedPath = isCached
    ? { components: [name], trailingSlash: false }
    : parsePath(path);
  // One literal, because copying fields from object to object costs more than a statement.
  return {
    purpose,
    creates,
    trail,
    plainPrefix,
    components: parsed.components,
    index: 0,
    dir: isCached ? cached : ROOT_INO,
    trailingSlash: parsed.trailingSlash,
    linksFollowed: 0,
  };
}

// So many UTF-16 units are within PATH_BYTES_MAX whatever they are.
const CACHED_LENGTH_MAX = 1024;

function run(store: Store, walk: Walk): Place {
  if (walk.components.length === 0) return placeOfDirectory(store, walk, 'root');
  for (;;) {
    const place = advance(store, walk);
    if (place !== undefined) return place;
  }
}

/** One component; a place when it was the last. */
function advance(store: Store, walk: Walk): Place | undefined {
  const name = walk.components[walk.index] as string;
  const isLast = walk.index === walk.components.length - 1;
  walk.index += 1;
  if (name === '.' || name === '..') {
    walk.plainPrefix = undefined;
    if (name === '..') {
      walk.dir = parentOf(store, walk.dir);
      walk.trail?.pop();
    }
    return isLast ? placeOfDirectory(store, walk, name === '.' ? 'dot' : 'dotdot') : undefined;
  }
  if (isLast) return finish(store, walk, name);
  checkName(name);
  return step(store, walk, name);
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

function finish(store: Store, walk: Walk, name: string): Place | undefined {
  const { dir, trailingSlash, plainPrefix } = walk;
  if (plainPrefix !== undefined && !trailingSlash) store.paths?.set(plainPrefix, dir);
  // The name itself is looked up later, after the other end of a rename or link was resolved.
  if (walk.purpose === 'name') return placeOfName(dir, name, trailingSlash, undefined);
  if (walk.creates && trailingSlash) throw errno('EISDIR');
  checkName(name);
  const inode = store.dentries.lookup(dir, name);
  if (inode !== undefined && isSymlink(inode.mode) && followsLast(walk)) {
    return followLink(store, walk, inode.ino);
  }
  return placeOfName(dir, name, trailingSlash, inode);
}

function placeOfName(
  parent: Ino,
  name: string,
  trailingSlash: boolean,
  inode: Inode | undefined,
): Place {
  return { parent, name, last: 'name', trailingSlash, inode };
}

function followsLast({ purpose, trailingSlash }: Walk): boolean {
  return purpose === 'follow' || trailingSlash;
}

/** Puts the target of a link in front of what is left of the path. */
function followLink(store: Store, walk: Walk, ino: Ino): Place | undefined {
  walk.linksFollowed += 1;
  walk.plainPrefix = undefined;
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

/**
 * The same in one statement, for a reader without a transaction. Undefined where only a walk can tell;
 * ENOENT when there certainly is none.
 */
export function findInode(store: Store, path: string, follow: boolean): Inode | undefined {
  const names = plainNames(path);
  if (names === undefined) return undefined;
  const inode = store.plainPaths.inode(names);
  if (inode === null) throw errno('ENOENT');
  return inode === undefined || (follow && isSymlink(inode.mode)) ? undefined : inode;
}

/** The same for the mode alone, of what the path leads to. */
export function findMode(store: Store, path: string): number | undefined {
  const names = plainNames(path);
  if (names === undefined) return undefined;
  const mode = store.plainPaths.mode(names);
  if (mode === null) throw errno('ENOENT');
  return mode === undefined || isSymlink(mode) ? undefined : mode;
}

/** The absolute path of what `path` leads to, without links, `.` and `..` (realpath(3)). */
export function realPath(store: Store, path: string): string {
  const trail: string[] = [];
  const { inode, name, trailingSlash } = run(store, startWalk(store, path, 'follow', false, trail));
  if (inode === undefined) throw errno('ENOENT');
  if (trailingSlash && !isDirectory(inode.mode)) throw errno('ENOTDIR');
  if (name !== '') trail.push(name);
  return `/${trail.join('/')}`;
}

/** The directory and the name, without looking the name up. */
export function resolveParent(store: Store, path: string): Place {
  return run(store, startWalk(store, path, 'name'));
}

/** What is behind the name of a place, a link itself. */
export function lookUp(store: Store, { parent, name }: Place): Inode | undefined {
  checkName(name);
  return store.dentries.lookup(parent, name);
}

/** The name at the end of `path` and what is behind it; a link is not followed, slash or not. */
export function resolveName(store: Store, path: string): Place {
  const place = resolveParent(store, path);
  if (place.last !== 'name') return place;
  return placeOfName(place.parent, place.name, place.trailingSlash, lookUp(store, place));
}

/** A place for a new name: EEXIST when it is taken, ENOENT for a trailing slash unless allowed. */
export function resolveNew(store: Store, path: string, allowTrailingSlash: boolean): Place {
  const place = resolveName(store, path);
  if (place.last !== 'name' || place.inode !== undefined) throw errno('EEXIST');
  if (place.trailingSlash && !allowTrailingSlash) throw errno('ENOENT');
  return place;
}
