/** stat lstat statfs access chmod chown lchown utimes lutimes */
import { constants, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { Errno, errno } from '../../core/errno.js';
import { isDirectory } from '../../core/mode.js';
import { findInode, findMode, resolveInode } from '../../ops/resolve.js';
import type { Store } from '../../store/store.js';
import { validateOwnerId } from '../arguments/integers.js';
import { accessMode, parseFileMode } from '../arguments/mode.js';
import { wantsBigInt } from '../arguments/options.js';
import { pathText, validatePath } from '../arguments/path.js';
import { timestampOf, toUnixTimestamp } from '../arguments/times.js';
import { type StatFs, toBigIntStatFs, toStatFs } from '../statfs.js';
import { type BigIntStats, type Stats, toBigIntStats, toStats } from '../stats.js';
import { placeOf, textOrError } from './place.js';
import { versionCondition } from './precondition.js';
import {
  type CallEnvironment,
  type ReadStep,
  readStep,
  UNCERTAIN,
  type WriteStep,
  writeStep,
} from './step.js';

interface BigIntOption {
  readonly bigint?: boolean | undefined;
}

function statStep(
  env: CallEnvironment,
  syscall: 'stat' | 'lstat',
  path: unknown,
  options: unknown,
): ReadStep<Stats | BigIntStats> {
  const given = validatePath(path);
  const convert = wantsBigInt(options as BigIntOption) ? toBigIntStats : toStats;
  const follow = syscall === 'stat';
  return readStep(
    placeOf(syscall, given),
    (store) => convert(resolveInode(store, pathText(given), follow), env.facts),
    (store) => {
      const inode = findInode(store, pathText(given), follow);
      return inode === undefined ? UNCERTAIN : convert(inode, env.facts);
    },
  );
}

/** Nothing where nothing is there, for the option `throwIfNoEntry`. */
export function statIfAny(
  env: CallEnvironment,
  syscall: 'stat' | 'lstat',
  path: unknown,
  options: unknown,
): ReadStep<Stats | BigIntStats | undefined> {
  const step = statStep(env, syscall, path, options);
  const { find } = step;
  return readStep(
    step,
    (store) => unlessMissing(() => step.read(store)),
    find && ((store) => unlessMissing(() => find(store))),
  );
}

function unlessMissing<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error === errno('ENOENT')) return undefined;
    throw error;
  }
}

/** Whether the path leads to anything. */
export function exists(path: unknown): ReadStep<boolean> {
  const given = validatePath(path);
  return readStep(
    placeOf('access', given),
    (store) => leadsTo(() => resolveInode(store, pathText(given), true)) !== undefined,
    (store) => {
      const mode = leadsTo(() => findMode(store, pathText(given)) ?? UNCERTAIN);
      return mode === UNCERTAIN ? UNCERTAIN : mode !== undefined;
    },
  );
}

/** Nothing where the answer of the filesystem is an error, whichever. */
function leadsTo<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof Errno) return undefined;
    throw error;
  }
}

export function stat(
  env: CallEnvironment,
  path: unknown,
  options?: unknown,
): ReadStep<Stats | BigIntStats> {
  return statStep(env, 'stat', path, options);
}

export function lstat(
  env: CallEnvironment,
  path: unknown,
  options?: unknown,
): ReadStep<Stats | BigIntStats> {
  return statStep(env, 'lstat', path, options);
}

/** Whether the caller, who acts like root, may do what is wanted with a file of this mode. */
function checkAccess(env: CallEnvironment, mode: number, wanted: number): undefined {
  if ((wanted & constants.W_OK) !== 0 && env.isReadOnly) throw errno('EROFS');
  const executable = isDirectory(mode) || (mode & 0o111) !== 0;
  if ((wanted & constants.X_OK) !== 0 && !executable) throw errno('EACCES');
}

export function access(env: CallEnvironment, path: unknown, mode?: unknown): ReadStep<undefined> {
  const given = validatePath(path);
  const wanted = accessMode(mode);
  return readStep(
    placeOf('access', given),
    (store) => checkAccess(env, resolveInode(store, pathText(given), true).mode, wanted),
    (store) => {
      const found = findMode(store, pathText(given));
      return found === undefined ? UNCERTAIN : checkAccess(env, found, wanted);
    },
  );
}

/** `f_type` of a volume: 'cabf' in ASCII. */
const VOLUME_FS_TYPE = 0x63616266;

function statfsOf(store: Store): StatFsNumbers {
  const { connection } = store;
  const bsize = Number(connection.pragma('page_size'));
  const used = Number(connection.pragma('page_count'));
  const free = Number(connection.pragma('freelist_count'));
  const host = statfsSync(dirname(connection.path));
  const hostFree = Math.floor((host.bavail * host.bsize) / bsize);
  const bfree = free + hostFree;
  // Inodes are not limited: 0 of 0, as other filesystems without a table of inodes say.
  return {
    type: VOLUME_FS_TYPE,
    bsize,
    blocks: used + hostFree,
    bfree,
    bavail: bfree,
    files: 0,
    ffree: 0,
  };
}

type StatFsNumbers = Parameters<typeof toStatFs>[0];

export function statfs(
  _env: CallEnvironment,
  path: unknown,
  options?: unknown,
): ReadStep<StatFs<number | bigint>> {
  const given = validatePath(path);
  const convert: (fields: StatFsNumbers) => StatFs<number | bigint> = wantsBigInt(
    options as BigIntOption,
  )
    ? toBigIntStatFs
    : toStatFs;
  return readStep(placeOf('statfs', given), (store) => {
    resolveInode(store, pathText(given), true);
    return convert(statfsOf(store));
  });
}

export function chmod(
  _env: CallEnvironment,
  path: unknown,
  mode: unknown,
  options?: unknown,
): WriteStep<undefined> {
  const given = validatePath(path);
  const bits = parseFileMode(mode, 'mode');
  const place = placeOf('chmod', given);
  const target = textOrError(given, place);
  return writeStep(place, 'chmod', [target, bits], {
    preconditions: versionCondition(options, target, true),
  });
}

function chownStep(
  syscall: 'chown' | 'lchown',
  path: unknown,
  uid: unknown,
  gid: unknown,
  options: unknown,
): WriteStep<undefined> {
  const given = validatePath(path);
  validateOwnerId(uid, 'uid');
  validateOwnerId(gid, 'gid');
  const place = placeOf(syscall, given);
  const target = textOrError(given, place);
  const follow = syscall === 'chown';
  return writeStep(place, 'chown', [target, uid, gid, follow], {
    preconditions: versionCondition(options, target, follow),
  });
}

export function chown(
  _env: CallEnvironment,
  path: unknown,
  uid: unknown,
  gid: unknown,
  options?: unknown,
): WriteStep<undefined> {
  return chownStep('chown', path, uid, gid, options);
}

export function lchown(
  _env: CallEnvironment,
  path: unknown,
  uid: unknown,
  gid: unknown,
  options?: unknown,
): WriteStep<undefined> {
  return chownStep('lchown', path, uid, gid, options);
}

function utimesStep(
  syscall: 'utime' | 'lutime',
  path: unknown,
  atime: unknown,
  mtime: unknown,
  options: unknown,
): WriteStep<undefined> {
  const given = validatePath(path);
  const place = placeOf(syscall, given);
  const [accessed, modified] = [toUnixTimestamp(atime), toUnixTimestamp(mtime)];
  const target = textOrError(given, place);
  const follow = syscall === 'utime';
  const times = [timestampOf(accessed), timestampOf(modified)] as const;
  return writeStep(place, 'utimes', [target, ...times, follow], {
    preconditions: versionCondition(options, target, follow),
  });
}

export function utimes(
  _env: CallEnvironment,
  path: unknown,
  atime: unknown,
  mtime: unknown,
  options?: unknown,
): WriteStep<undefined> {
  return utimesStep('utime', path, atime, mtime, options);
}

export function lutimes(
  _env: CallEnvironment,
  path: unknown,
  atime: unknown,
  mtime: unknown,
  options?: unknown,
): WriteStep<undefined> {
  return utimesStep('lutime', path, atime, mtime, options);
}
