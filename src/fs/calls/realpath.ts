/**
 * realpath as `fs.realpath` and `fs.realpathSync` do it, which is not what their `native` forms do: the
 * path is tidied by its text first, `..` included, and then looked at name by name, so that errors are
 * those of `lstat` and `stat` with the name that was reached.
 */
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Errno, type ErrnoPlace, errnoAt } from '../../core/errno.js';
import { isSymlink } from '../../core/mode.js';
import { realPath, resolveInode } from '../../ops/resolve.js';
import { readLink } from '../../ops/symlink.js';
import type { Store } from '../../store/store.js';
import { encodeName, type NameEncoding } from '../arguments/encoding.js';
import { getOptions } from '../arguments/options.js';
import { pathText, validatePath } from '../arguments/path.js';
import { placeOf } from './place.js';
import { type CallEnvironment, type ReadStep, readStep } from './step.js';

/** Anything that is no URL is made a string before it is looked at, as in Node. */
export function realpathByName(
  _env: CallEnvironment,
  path: unknown,
  options?: unknown,
): ReadStep<string | Buffer> {
  const { encoding } = getOptions(options);
  const text = path instanceof URL ? fileURLToPath(path, { windows: false }) : `${path}`;
  const start = posix.resolve('/', pathText(validatePath(text)));
  const read = (store: Store): string | Buffer =>
    encodeName(walk(store, start), encoding as NameEncoding);
  return readStep(placeOf('lstat', start), read, undefined, 'realpath');
}

function walk(store: Store, start: string): string {
  if (hasNoLinks(store, start)) return start;
  let path = start;
  let end = 0;
  while (end < path.length) {
    const slash = path.indexOf('/', end + 1);
    end = slash < 0 ? path.length : slash;
    const base = path.slice(0, end);
    const inode = at({ syscall: 'lstat', path: base }, () => resolveInode(store, base, false));
    if (!isSymlink(inode.mode)) continue;
    // What the link leads to must exist; this is where links that lead in a circle end.
    at({ syscall: 'stat', path: base }, () => resolveInode(store, base, true));
    const target = posix.resolve(posix.dirname(base), readLink(store, inode));
    path = posix.resolve(target, path.slice(end + 1));
    end = 0;
  }
  return path;
}

/** The common case, at the price of one resolution. */
function hasNoLinks(store: Store, path: string): boolean {
  try {
    return realPath(store, path) === path;
  } catch (error) {
    if (error instanceof Errno) return false;
    throw error;
  }
}

function at<T>(place: ErrnoPlace, look: () => T): T {
  try {
    return look();
  } catch (error) {
    throw error instanceof Errno ? errnoAt(error.code, place) : error;
  }
}
