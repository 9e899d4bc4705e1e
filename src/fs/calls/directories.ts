/** mkdir mkdtemp rmdir */
import { randomInt } from 'node:crypto';
import { errno } from '../../core/errno.js';
import { FsError } from '../../core/errors.js';
import { resolveInode } from '../../ops/resolve.js';
import type { Store } from '../../store/store.js';
import { encodeName, type NameEncoding } from '../arguments/encoding.js';
import { getOptions, mkdirOptions } from '../arguments/options.js';
import { decodePrefix, validatePath } from '../arguments/path.js';
import { validateRmdirOptions } from '../arguments/removal-options.js';
import { placeOf, textOrError } from './place.js';
import { versionCondition } from './precondition.js';
import {
  ask,
  type CallEnvironment,
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

/** As `mkdirSync`: with `recursive`, what should be made below a dangling link is missing. */
export function mkdirNow(
  env: CallEnvironment,
  path: unknown,
  options?: unknown,
): StepSequence<string | undefined> | WriteStep<string | undefined> {
  const step = mkdir(env, path, options);
  return step.name === 'mkdir' ? step : belowDanglingLinks(step);
}

function* belowDanglingLinks(
  step: WriteStep<string | undefined>,
): StepSequence<string | undefined> {
  try {
    return yield* ask(step);
  } catch (error) {
    if (!(error instanceof FsError) || error.code !== 'ENOTDIR') throw error;
    const { path = '' } = error;
    const dangles = yield* ask(readStep(step, (store) => isDangling(store, path)));
    throw dangles ? new FsError('ENOENT', { syscall: step.syscall, path: step.path }) : error;
  }
}

function isDangling(store: Store, path: string): boolean {
  try {
    return resolveInode(store, path, true) === undefined;
  } catch (error) {
    return error === errno('ENOENT');
  }
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
  return removal(path, options, 'stat');
}

/** As with callbacks and in `rmdirSync`: with `recursive` a link is looked at itself. */
export function rmdirItself(
  _env: CallEnvironment,
  path: unknown,
  options?: unknown,
): WriteStep<undefined> {
  return removal(path, options, 'lstat');
}

function removal(path: unknown, options: unknown, look: 'stat' | 'lstat'): WriteStep<undefined> {
  const given = validatePath(path);
  const { recursive } = validateRmdirOptions(options);
  const place = placeOf('rmdir', given);
  const target = textOrError(given, place);
  const preconditions = versionCondition(options, target, false);
  if (!recursive) return writeStep(place, 'rmdir', [target], { preconditions });
  return writeStep(place, 'removeDirectoryTree', [target, look], { preconditions });
}
