/** link symlink readlink realpath rename unlink */

import { realPath, resolveInode } from '../../ops/resolve.js';
import { readLink } from '../../ops/symlink.js';
import { encodeName, type NameEncoding } from '../arguments/encoding.js';
import { getOptions } from '../arguments/options.js';
import { pathText, validatePath } from '../arguments/path.js';
import { validateSymlinkType } from '../arguments/symlink-type.js';
import { placeOf, textOrError } from './place.js';
import { versionCondition } from './precondition.js';
import {
  type CallEnvironment,
  type ReadStep,
  readStep,
  type WriteStep,
  writeStep,
} from './step.js';

export function link(
  _env: CallEnvironment,
  existingPath: unknown,
  newPath: unknown,
): WriteStep<undefined> {
  const existing = validatePath(existingPath, 'existingPath');
  const path = validatePath(newPath, 'newPath');
  const place = placeOf('link', existing, path);
  return writeStep(place, 'link', [textOrError(existing, place), textOrError(path, place)]);
}

const SYMLINK_MODE = 0o777;

export function symlink(
  env: CallEnvironment,
  target: unknown,
  path: unknown,
  type?: unknown,
): WriteStep<undefined> {
  validateSymlinkType(type);
  const to = validatePath(target, 'target');
  const given = validatePath(path);
  const place = placeOf('symlink', to, given);
  const creator = env.creator(SYMLINK_MODE);
  return writeStep(place, 'symlink', [textOrError(given, place), textOrError(to, place), creator]);
}

export function readlink(
  _env: CallEnvironment,
  path: unknown,
  options?: unknown,
): ReadStep<string | Buffer> {
  const { encoding } = getOptions(options);
  const given = validatePath(path, 'oldPath');
  return readStep(placeOf('readlink', given), (store) => {
    const target = readLink(store, resolveInode(store, pathText(given), false));
    return encodeName(target, encoding as NameEncoding);
  });
}

export function realpath(
  _env: CallEnvironment,
  path: unknown,
  options?: unknown,
): ReadStep<string | Buffer> {
  const { encoding } = getOptions(options);
  const given = validatePath(path);
  return readStep(placeOf('realpath', given), (store) =>
    encodeName(realPath(store, pathText(given)), encoding as NameEncoding),
  );
}

export function rename(
  _env: CallEnvironment,
  oldPath: unknown,
  newPath: unknown,
  options?: unknown,
): WriteStep<undefined> {
  const from = validatePath(oldPath, 'oldPath');
  const to = validatePath(newPath, 'newPath');
  const place = placeOf('rename', from, to);
  const source = textOrError(from, place);
  return writeStep(place, 'rename', [source, textOrError(to, place)], {
    preconditions: versionCondition(options, source, false),
  });
}

export function unlink(
  _env: CallEnvironment,
  path: unknown,
  options?: unknown,
): WriteStep<undefined> {
  const given = validatePath(path);
  const place = placeOf('unlink', given);
  const target = textOrError(given, place);
  return writeStep(place, 'unlink', [target], {
    preconditions: versionCondition(options, target, false),
  });
}
