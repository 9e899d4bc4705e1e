/** mkdir mkdtemp rmdir readdir */
import { randomInt } from 'node:crypto';
import { errno } from '../../core/errno.js';
import { FsError } from '../../core/errors.js';
import type { Ino } from '../../core/ino.js';
import { isDirectory } from '../../core/mode.js';
import { resolveInode } from '../../ops/resolve.js';
import type { Entry } from '../../store/dentry-table.js';
import type { Store } from '../../store/store.js';
import { encodeName, type NameEncoding } from '../arguments/encoding.js';
import { getOptions, mkdirOptions } from '../arguments/options.js';
import { decodePrefix, displayPath, pathText, validatePath } from '../arguments/path.js';
import { validateRmdirOptions } from '../arguments/removal-options.js';
import { Dirent } from '../dirent.js';
import { placeOf, textOrError } from './place.js';
import { versionCondition } from './precondition.js';
import {
  ask,
  type CallEnvironment,
  type ReadStep,
  readStep,
  type StepSequence,
  type WriteStep,
  writeStep,
} from './step.js';

/** With `recursive` the result is the path of the first directory made, if any. */
export function mkdir(
  env: CallEnvironment,
  path: unknown,
  options?: unknown,
): WriteStep<string | undefined> {
  const given = validatePath(path);
  const { recursive, mode } = mkdirOptions(options);
  const place = placeOf('mkdir', given);
  const target = textOrError(given, place);
  const creator = env.creator(mode);
  if (!recursive) return writeStep(place, 'mkdir', [target, creator]);
  return writeStep(place, 'makeDirectories', [target, creator], {
    finish: ({ first }) => first,
  });
}

const SUFFIX_LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const SUFFIX_LENGTH = 6;
const SUFFIX_ATTEMPTS = 100;
const TEMPORARY_MODE = 0o700;

function randomSuffix(): string {
  const letter = (): string => SUFFIX_LETTERS[randomInt(SUFFIX_LETTERS.length)] as string;
  return Array.from({ length: SUFFIX_LENGTH }, letter).join('');
}

export function mkdtemp(
  env: CallEnvironment,
  prefix: unknown,
  options?: unknown,
): StepSequence<string | Buffer> {
  const { encoding } = getOptions(options);
  const stem = decodePrefix(prefix);
  return makeTemporary(env, stem, encoding as NameEncoding);
}

function* makeTemporary(
  env: CallEnvironment,
  stem: string,
  encoding: NameEncoding,
): StepSequence<string | Buffer> {
  const place = placeOf('mkdtemp', `${stem}XXXXXX`);
  for (let attempt = 1; ; attempt += 1) {
    const path = stem + randomSuffix();
    try {
      yield* ask(writeStep(place, 'mkdir', [path, env.creator(TEMPORARY_MODE)]));
      return encodeName(path, encoding);
    } catch (error) {
      const taken = error instanceof FsError && error.code === 'EEXIST';
      if (!taken || attempt === SUFFIX_ATTEMPTS) throw error;
    }
  }
}

export function rmdir(
  _env: CallEnvironment,
  path: unknown,
  options?: unknown,
): WriteStep<undefined> {
  const given = validatePath(path);
  const { recursive } = validateRmdirOptions(options);
  const place = placeOf('rmdir', given);
  const target = textOrError(given, place);
  const preconditions = versionCondition(options, target, false);
  if (!recursive) return writeStep(place, 'rmdir', [target], { preconditions });
  return writeStep(place, 'removeDirectoryTree', [target], { preconditions });
}

/** Entries of one directory, all of them. */
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

export type ReaddirResult = (string | Buffer)[] | Dirent<string | Buffer>[];

export function readdir(
  _env: CallEnvironment,
  path: unknown,
  options?: unknown,
): ReadStep<ReaddirResult> {
  const { encoding, withFileTypes, recursive } = getOptions(options);
  const given = validatePath(path);
  const shape: ListingShape = {
    encoding: encoding as NameEncoding,
    base: displayPath(given),
    withFileTypes: Boolean(withFileTypes),
  };
  return readStep(placeOf('scandir', given), (store) => {
    const directory = resolveDirectory(store, pathText(given));
    if (recursive) return listRecursively(store, directory, shape);
    if (shape.withFileTypes) {
      return listAll(store, directory).map((entry) => toDirent(entry, shape.base, shape));
    }
    return store.dentries.names(directory).map((name) => encodeName(name, shape.encoding));
  });
}

interface ListingShape {
  readonly encoding: NameEncoding;
  /** The directory as the caller wrote it. */
  readonly base: string;
  readonly withFileTypes: boolean;
}

function toDirent(entry: Entry, parentPath: string, shape: ListingShape): Dirent<string | Buffer> {
  return new Dirent(encodeName(entry.name, shape.encoding), parentPath, entry.mode);
}

/** A directory first, then what is below it, level by level; links are not followed. */
function listRecursively(store: Store, top: Ino, shape: ListingShape): ReaddirResult {
  const dirents: Dirent<string | Buffer>[] = [];
  const names: (string | Buffer)[] = [];
  const pending: { ino: Ino; prefix: string }[] = [{ ino: top, prefix: '' }];
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    const parentPath = next.prefix === '' ? shape.base : joinPath(shape.base, next.prefix);
    for (const entry of listAll(store, next.ino)) {
      const relative = next.prefix === '' ? entry.name : `${next.prefix}/${entry.name}`;
      if (shape.withFileTypes) dirents.push(toDirent(entry, parentPath, shape));
      else names.push(encodeName(relative, shape.encoding));
      if (isDirectory(entry.mode)) pending.push({ ino: entry.ino, prefix: relative });
    }
  }
  return shape.withFileTypes ? dirents : names;
}

function joinPath(base: string, relative: string): string {
  return base.endsWith('/') ? base + relative : `${base}/${relative}`;
}
