/** readdir: the entries of a directory, or of all that lies below it. */
import { posix } from 'node:path';
import { EnteredDirectories } from '../../core/circles.js';
import { Errno, errno } from '../../core/errno.js';
import type { Ino } from '../../core/ino.js';
import { isDirectory, isSymlink } from '../../core/mode.js';
import { resolveInode } from '../../ops/resolve.js';
import { type Entry, TYPE_BASE, TYPE_SHIFT } from '../../store/dentry-table.js';
import type { Store } from '../../store/store.js';
import { encodeName, isDefaultEncoding, type NameEncoding } from '../arguments/encoding.js';
import { getOptions, opendirOptions } from '../arguments/options.js';
import { pathText, validatePath } from '../arguments/path.js';
import { validateBoolean } from '../arguments/types.js';
import { Dirent } from '../dirent.js';
import { placeOf } from './place.js';
import { type CallEnvironment, type ReadStep, readStep } from './step.js';

/** Entries fetched from the database at once. */
const LIST_AT_ONCE = 10_000;

/** Every entry of a directory, in byte order of names. */
export function listAll(store: Store, parent: Ino): Entry[] {
  const all: Entry[] = [];
  let after = '';
  for (;;) {
    const some = store.dentries.list(parent, after, LIST_AT_ONCE);
    for (const entry of some) all.push(entry);
    if (some.length < LIST_AT_ONCE) return all;
    after = (some.at(-1) as Entry).name;
  }
}

/** The directory at `path`; ENOTDIR for anything else. */
export function resolveDirectory(store: Store, path: string): Ino {
  const inode = resolveInode(store, path, true);
  if (!isDirectory(inode.mode)) throw errno('ENOTDIR');
  return inode.ino;
}

/** A directory that is to be read entry by entry. */
export interface OpenedDirectory {
  readonly ino: Ino;
  /** As the caller gave it, bytes included. */
  readonly path: string;
  readonly encoding: NameEncoding;
  /** Entries fetched at once. */
  readonly bufferSize: number;
  readonly recursive: boolean;
}

export function opendir(
  _env: CallEnvironment,
  path: unknown,
  options?: unknown,
): ReadStep<OpenedDirectory> {
  const given = validatePath(path);
  const { encoding, bufferSize, recursive } = opendirOptions(options);
  return readStep(placeOf('opendir', given), (store) => {
    const ino = resolveDirectory(store, pathText(given));
    return { ino, path: given as string, encoding, bufferSize, recursive };
  });
}

/** As `opendirSync`, whose errors name no path in Node. */
export function opendirNow(
  env: CallEnvironment,
  path: unknown,
  options?: unknown,
): ReadStep<OpenedDirectory> {
  return readStep(placeOf('opendir'), opendir(env, path, options).read);
}

export type ReaddirResult = (string | Buffer)[] | Dirent<string | Buffer>[];

/** How entries are given back. */
interface Listing {
  readonly encoding: NameEncoding;
  /** The directory as the caller gave it. */
  readonly path: string | Uint8Array;
}

export function readdir(
  _env: CallEnvironment,
  path: unknown,
  options?: unknown,
): ReadStep<ReaddirResult> {
  const { encoding, withFileTypes, recursive } = getOptions(options);
  const listing: Listing = { encoding: encoding as NameEncoding, path: validatePath(path) };
  return readStep(placeOf('scandir', listing.path), (store) => {
    const top = resolveDirectory(store, pathText(listing.path));
    if (recursive) {
      return withFileTypes ? direntsBelow(store, top, listing) : pathsBelow(store, top, listing);
    }
    if (withFileTypes) return direntsIn(store, top, listing);
    return encodeNames(store.dentries.names(top), listing.encoding);
  });
}

/** As with callbacks and in `readdirSync`, which look at `recursive`; promises take anything. */
export function checkedReaddir(
  env: CallEnvironment,
  path: unknown,
  options?: unknown,
): ReadStep<ReaddirResult> {
  const step = readdir(env, path, options);
  const { recursive } = getOptions(options);
  if (recursive !== null && recursive !== undefined) {
    validateBoolean(recursive, 'options.recursive');
  }
  return step;
}

function encodeNames(names: string[], encoding: NameEncoding): (string | Buffer)[] {
  if (isDefaultEncoding(encoding)) return names;
  return names.map((name) => encodeName(name, encoding));
}

/** Entries whose names share one piece of memory: who keeps one of them, keeps as many. */
const DIRENTS_AT_ONCE = 4096;

function direntsIn(store: Store, parent: Ino, listing: Listing): Dirent<string | Buffer>[] {
  const found: Dirent<string | Buffer>[] = [];
  let after = '';
  for (;;) {
    const text = store.dentries.types(parent, after, DIRENTS_AT_ONCE);
    const before = found.length;
    for (let start = 0; start < text.length; ) {
      const slash = text.indexOf('/', start);
      after = text.slice(start, slash);
      const type = text.charCodeAt(slash + 1) - TYPE_BASE;
      found.push(toDirent(after, type << TYPE_SHIFT, listing));
      start = slash + 2;
    }
    if (found.length - before < DIRENTS_AT_ONCE) return found;
  }
}

/** The parent is given back as it came, bytes included. */
export function toDirent(
  name: string,
  mode: number,
  { path, encoding }: Listing,
): Dirent<string | Buffer> {
  return new Dirent(encodeName(name, encoding), path as string, mode);
}

/** Entries with their types; links are not followed. The last directory found is listed first. */
function direntsBelow(store: Store, top: Ino, listing: Listing): Dirent<string | Buffer>[] {
  const found: Dirent<string | Buffer>[] = [];
  const pending: { ino: Ino; path: string | Uint8Array }[] = [{ ino: top, path: listing.path }];
  const entered = new EnteredDirectories();
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    entered.enter(next.ino);
    for (const entry of listAll(store, next.ino)) {
      const { encoding } = listing;
      const dirent = toDirent(entry.name, entry.mode, { path: next.path, encoding });
      found.push(dirent);
      if (!isDirectory(entry.mode)) continue;
      // Bytes, as a path or as a name, are refused by `join`, in Node as here.
      pending.push({ ino: entry.ino, path: posix.join(next.path as string, `${dirent.name}`) });
    }
  }
  return found;
}

/** How often a listing that goes through links comes to directories that it has been in. */
const ENTERED_AGAIN_MAX = 10_000;

/**
 * Paths below the directory. Without types Node goes through links to directories, too; one that leads
 * upwards ends where the kernel refuses to follow more links. Two of them make 2^40 paths of one: ELOOP
 * where a listing comes to directories again and again.
 */
function pathsBelow(store: Store, top: Ino, listing: Listing): (string | Buffer)[] {
  const found: (string | Buffer)[] = [];
  const pending: { ino: Ino; prefix: string; isLinked: boolean }[] = [
    { ino: top, prefix: '', isLinked: false },
  ];
  const entered = new EnteredDirectories();
  const linked = new EnteredDirectories();
  let enteredAgain = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { isLinked } = next;
    if (!isLinked) entered.enter(next.ino);
    else if (!linked.tryEnter(next.ino)) enteredAgain += 1;
    if (enteredAgain > ENTERED_AGAIN_MAX) throw errno('ELOOP');
    for (const entry of listAll(store, next.ino)) {
      const relative = `${next.prefix}${entry.name}`;
      const path = posix.join(listing.path as string, relative);
      found.push(encodeName(relative, listing.encoding));
      const ino = directoryBehind(store, entry, path);
      if (ino === undefined) continue;
      const isBehindLink = isLinked || isSymlink(entry.mode);
      pending.push({ ino, prefix: `${relative}/`, isLinked: isBehindLink });
    }
  }
  return found;
}

function directoryBehind(store: Store, { ino, mode }: Entry, path: string): Ino | undefined {
  if (isDirectory(mode)) return ino;
  if (!isSymlink(mode)) return undefined;
  try {
    return resolveDirectory(store, path);
  } catch (error) {
    if (error instanceof Errno) return undefined;
    throw error;
  }
}
