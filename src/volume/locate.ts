/** From the path a user gave to a file that may be opened, with an error that names what is wrong. */
import { accessSync, constants, mkdtempSync, rmSync, type Stats, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { VolumeError } from '../core/errors.js';
import type { ResolvedOptions } from '../core/options.js';

export interface Location {
  readonly path: string;
  readonly exists: boolean;
  /** Removes the folder of a temporary volume. */
  cleanUp(): void;
}

const TEMPORARY_PREFIX = 'cabinetfs-';

/** A new folder with a volume to be, for `openVolume()` without a path. */
function temporaryLocation(): Location {
  const folder = mkdtempSync(join(tmpdir(), TEMPORARY_PREFIX));
  return {
    path: join(folder, 'volume.cabinet'),
    exists: false,
    cleanUp: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function unreadable(path: string, what: string, cause: unknown, hint: string): VolumeError {
  return new VolumeError('ERR_VOLUME_UNREADABLE', what, { cause, path, hint });
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw unreadable(
      path,
      `'${path}' cannot be reached (${(error as NodeJS.ErrnoException).code}).`,
      error,
      'Check the directories on the way to it and their permissions.',
    );
  }
}

/** Whether this process may access `target` as the volume at `path` needs it. */
function checkAccess(path: string, target: string, mode: number, what: string, hint: string): void {
  try {
    accessSync(target, mode);
  } catch (error) {
    throw unreadable(path, what, error, hint);
  }
}

function checkFile(path: string, stats: Stats, options: ResolvedOptions): void {
  if (!stats.isFile()) {
    const kind = stats.isDirectory() ? 'a directory' : 'not a regular file';
    throw new VolumeError('ERR_NOT_A_VOLUME', `'${path}' is ${kind}.`, {
      path,
      hint: 'A volume is one file; give its path.',
    });
  }
  checkAccess(
    path,
    path,
    constants.R_OK,
    `'${path}' may not be read by this user.`,
    'Change its permissions or use another user.',
  );
  if (stats.size === 0 && !options.create) {
    throw new VolumeError('ERR_NOT_A_VOLUME', `'${path}' is empty: there is no volume in it.`, {
      path,
      hint: 'Check the path, or make a volume of it with `create: true`.',
    });
  }
  if (options.readOnly) return;
  checkAccess(
    path,
    path,
    constants.W_OK,
    `'${path}' may not be written by this user.`,
    'Open it with `readOnly: true`, or change its permissions.',
  );
  checkAccess(
    path,
    dirname(path),
    constants.W_OK,
    `The directory of '${path}' may not be written by this user; the -wal and -shm files live in it.`,
    'Make the directory writable, or copy the volume to one that is; reading needs those files too.',
  );
}

function checkParent(path: string): void {
  const parent = dirname(path);
  const stats = statOf(parent);
  if (stats?.isDirectory() !== true) {
    throw new VolumeError('ERR_VOLUME_NOT_FOUND', `The directory '${parent}' does not exist.`, {
      path,
      hint: 'Create it first.',
    });
  }
  checkAccess(
    path,
    parent,
    constants.W_OK,
    `'${path}' cannot be created: its directory may not be written by this user.`,
    'Choose another directory or change its permissions.',
  );
}

/** Checks the path before SQLite sees it, so that errors say what is wrong rather than "unable". */
export function locate(path: string | undefined, options: ResolvedOptions): Location {
  if (path === undefined) return temporaryLocation();
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw new VolumeError('ERR_OPTION_INVALID', `'${String(path)}' is no path of a volume.`, {
      hint: 'Give a file path as a string, or nothing for a temporary volume.',
    });
  }
  const absolute = resolve(path);
  const stats = statOf(absolute);
  if (stats !== undefined) {
    checkFile(absolute, stats, options);
    return { path: absolute, exists: true, cleanUp: () => undefined };
  }
  if (!options.create) {
    throw new VolumeError('ERR_VOLUME_NOT_FOUND', `There is no volume at '${absolute}'.`, {
      path: absolute,
      hint: 'Check the path, or create it with `create: true` or `cabinet create`.',
    });
  }
  checkParent(absolute);
  return { path: absolute, exists: false, cleanUp: () => undefined };
}
