/** What `node:fs` has no function for: special files, extended attributes, versions. */
import { Errno, errno } from '../../core/errno.js';
import { resolveInode } from '../../ops/resolve.js';
import { getXattr as readXattr, type XattrMode } from '../../ops/xattr.js';
import type { Store } from '../../store/store.js';
import { bytesOf } from '../arguments/buffers.js';
import { encodeText } from '../arguments/encoding.js';
import { validateUint32 } from '../arguments/integers.js';
import { parseFileMode } from '../arguments/mode.js';
import { invalidArgType, invalidArgValue } from '../arguments/node-error.js';
import { type PathLike, pathText, validatePath } from '../arguments/path.js';
import { validateBoolean, validateObject, validateString } from '../arguments/types.js';
import { placeOf, textOrError } from './place.js';
import { versionCondition } from './precondition.js';
import {
  type CallEnvironment,
  type ReadStep,
  readStep,
  type VersionOption,
  type WriteStep,
  writeStep,
} from './step.js';

export interface FollowOption {
  /** Whether a link at the end of the path is followed. @defaultValue true */
  readonly follow?: boolean | undefined;
}

export interface SetXattrOptions extends FollowOption, VersionOption {
  /** Fail unless the attribute is new (EEXIST), or unless it exists (ENODATA). @defaultValue 'either' */
  readonly flag?: XattrMode | undefined;
}

export interface RemoveXattrOptions extends FollowOption, VersionOption {}

/** `mode` is a file type and permission bits; the umask is taken off. */
export function mknod(
  env: CallEnvironment,
  path: PathLike,
  mode: unknown,
  rdev: unknown = 0,
): WriteStep<undefined> {
  const given = validatePath(path);
  const bits = parseFileMode(mode, 'mode');
  validateUint32(rdev, 'rdev');
  const place = placeOf('mknod', given);
  return writeStep(place, 'mknod', [textOrError(given, place), env.creator(bits), rdev]);
}

function followOf(options: unknown): boolean {
  if (options === undefined) return true;
  validateObject(options, 'options');
  const { follow = true } = options as { follow?: unknown };
  validateBoolean(follow, 'options.follow');
  return follow;
}

/** ENODATA when there is no such attribute. */
export function getXattr(
  _env: CallEnvironment,
  path: PathLike,
  name: unknown,
  options?: FollowOption,
): ReadStep<Buffer> {
  const given = validatePath(path);
  validateString(name, 'name');
  const follow = followOf(options);
  return readStep(placeOf('getxattr', given), (store) =>
    readXattr(store, resolveInode(store, pathText(given), follow), name),
  );
}

/** Names in byte order. */
export function listXattr(
  _env: CallEnvironment,
  path: PathLike,
  options?: FollowOption,
): ReadStep<string[]> {
  const given = validatePath(path);
  const follow = followOf(options);
  return readStep(placeOf('listxattr', given), (store) =>
    store.xattrs.names(resolveInode(store, pathText(given), follow).ino),
  );
}

const XATTR_FLAGS: readonly unknown[] = ['create', 'replace', 'either'] satisfies XattrMode[];

/** `value` is bytes, or text that is stored as UTF-8. */
export function setXattr(
  _env: CallEnvironment,
  path: PathLike,
  name: unknown,
  value: unknown,
  options?: SetXattrOptions,
): WriteStep<undefined> {
  const given = validatePath(path);
  validateString(name, 'name');
  const data = valueBytes(value);
  const follow = followOf(options);
  const flag = options?.flag ?? 'either';
  if (!XATTR_FLAGS.includes(flag)) throw invalidArgValue('options.flag', flag);
  const place = placeOf('setxattr', given);
  const target = textOrError(given, place);
  return writeStep(place, 'setXattr', [target, name, flag, follow], {
    data,
    preconditions: versionCondition(options, target, follow),
  });
}

function valueBytes(value: unknown): Uint8Array {
  if (ArrayBuffer.isView(value)) return bytesOf(value);
  if (typeof value === 'string') return encodeText(value, 'utf8');
  throw invalidArgType('value', ['string', 'Buffer', 'TypedArray', 'DataView'], value);
}

/** ENODATA when there is no such attribute. */
export function removeXattr(
  _env: CallEnvironment,
  path: PathLike,
  name: unknown,
  options?: RemoveXattrOptions,
): WriteStep<undefined> {
  const given = validatePath(path);
  validateString(name, 'name');
  const follow = followOf(options);
  const place = placeOf('removexattr', given);
  const target = textOrError(given, place);
  return writeStep(place, 'removeXattr', [target, name, follow], {
    preconditions: versionCondition(options, target, follow),
  });
}

/** What the preconditions of writes compare; 0 when there is no such file. */
export function version(
  _env: CallEnvironment,
  path: PathLike,
  options?: FollowOption,
): ReadStep<number> {
  const given = validatePath(path);
  const follow = followOf(options);
  return readStep(placeOf('version', given), (store) => versionAt(store, pathText(given), follow));
}

function versionAt(store: Store, path: string, follow: boolean): number {
  try {
    return resolveInode(store, path, follow).version;
  } catch (error) {
    if (error instanceof Errno && error === errno('ENOENT')) return 0;
    throw error;
  }
}
