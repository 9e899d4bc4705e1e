/** Where a backup or a restored volume is to be put: what is there now, and whether it may be. */
import { lstatSync, realpathSync, type Stats, statfsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { VolumeError } from '../../core/errors.js';
import { SIDECARS } from '../../sqlite/database-files.js';
import { isSqliteError, translateSqliteError } from '../../sqlite/driver-errors.js';
import { isManifest, manifestPath } from './manifest.js';

export interface Target {
  /** Absolute, with links resolved. */
  readonly path: string;
  /** What is there; undefined when nothing is. */
  readonly stats: Stats | undefined;
}

/** Room that is left beside what is written: for a manifest, a journal, directory entries. */
const SPARE_BYTES = 1024 * 1024;

function unfit(path: string, what: string, hint: string, cause?: unknown): VolumeError {
  return new VolumeError('ERR_BACKUP_TARGET', what, { path, hint, cause });
}

/** Checks and resolves the path that a user gave. */
export function resolveTarget(given: unknown): Target {
  if (typeof given !== 'string' || given === '' || given.includes('\0')) {
    throw new VolumeError('ERR_OPTION_INVALID', `'${String(given)}' is no path of a file.`, {
      hint: 'Give a file path as a string.',
    });
  }
  const absolute = resolve(given);
  const path = realPathOf(absolute);
  const stats = statOf(path);
  if (stats === undefined && lstatSync(path, { throwIfNoEntry: false }) !== undefined) {
    throw unfit(path, `'${path}' is a symbolic link that leads nowhere.`, 'Remove the link.');
  }
  if (stats?.isDirectory() === true) {
    throw unfit(path, `'${path}' is a directory.`, 'Give the path of a file in it.');
  }
  if (stats !== undefined && !stats.isFile()) {
    throw unfit(path, `'${path}' is not a regular file.`, 'Give the path of a file.');
  }
  return { path, stats };
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw unfit(
      path,
      `'${path}' cannot be reached (${codeOf(error)}).`,
      'Check the directories on the way to it and their permissions.',
      error,
    );
  }
}

function realPathOf(absolute: string): string {
  try {
    return realpathSync(absolute);
  } catch {
    // Nothing there yet; its directory must be.
  }
  try {
    return join(realpathSync(dirname(absolute)), basename(absolute));
  } catch (error) {
    throw unfit(
      absolute,
      `The directory '${dirname(absolute)}' cannot be reached (${codeOf(error)}).`,
      'Make it first, or choose another.',
      error,
    );
  }
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code ?? error);
}

/** Refuses a target that is the file at `source`, by whatever name, or one of those beside it. */
export function refuseItself({ path, stats }: Target, source: string, what: string): void {
  const own = statSync(source);
  const isSame = stats !== undefined && stats.dev === own.dev && stats.ino === own.ino;
  const real = realpathSync(source);
  const isBeside = SIDECARS.some((ending) => path === real + ending) || path === manifestPath(real);
  if (!isSame && !isBeside && path !== real) return;
  throw unfit(path, `'${path}' is ${what} itself.`, 'Choose another destination.');
}

export function refuseExisting({ path, stats }: Target): void {
  if (stats === undefined) return;
  throw exists(path);
}

/**
 * Refuses a target whose manifest would take the place of something else: the backup `x` of a volume
 * `x.json` would be written over that volume.
 */
export function refuseOtherManifest({ path }: Target): void {
  const manifest = manifestPath(path);
  const stats = lstatSync(manifest, { throwIfNoEntry: false });
  if (stats === undefined || (stats.isFile() && isManifest(manifest))) return;
  throw unfit(
    manifest,
    `'${manifest}' is no manifest of a backup, and that of '${path}' would take its place.`,
    'Choose another destination, or move that file away.',
  );
}

export function exists(path: string): VolumeError {
  return new VolumeError('ERR_VOLUME_EXISTS', `'${path}' exists already.`, {
    path,
    hint: 'Choose another path, or ask for it to be replaced with `overwrite`.',
  });
}

/** Throws ERR_NO_SPACE when the disk of `path` has no room for `bytes` more. */
export function checkSpace(path: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(dirname(path));
  const free = bavail * bsize;
  if (free >= bytes + SPARE_BYTES) return;
  throw new VolumeError(
    'ERR_NO_SPACE',
    `'${dirname(path)}' has ${free} bytes free; ${bytes + SPARE_BYTES} are needed.`,
    { path, hint: 'Free some space, or choose another disk; nothing was changed.' },
  );
}

/** What the system says about the place, as an error about the place. */
export function targetFailed(error: unknown, path: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  const failed = systemFailed(error, path);
  if (failed === error || ROOM_OR_DISK.includes(String(code))) return failed;
  return unfit(
    path,
    `'${path}' cannot be made (${code} in ${syscall}).`,
    'Check the directory and its permissions.',
    error,
  );
}

const NO_ROOM: readonly string[] = ['ENOSPC', 'EDQUOT', 'EFBIG'];
const ROOM_OR_DISK: readonly string[] = [...NO_ROOM, 'EIO'];

/** What the system says about a file that is there, as an error of storage. */
export function systemFailed(error: unknown, path: string): unknown {
  if (isSqliteError(error)) return translateSqliteError(error, path);
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (error instanceof VolumeError || code === undefined || syscall === undefined) return error;
  if (NO_ROOM.includes(code)) {
    return new VolumeError('ERR_NO_SPACE', `There is no room for '${path}' (${code}).`, {
      cause: error,
      path,
      hint: 'Free some space, or choose another disk; what was there is untouched.',
    });
  }
  return new VolumeError('ERR_IO', `The disk of '${path}' failed (${code} in ${syscall}).`, {
    cause: error,
    path,
    hint: 'Check the disk.',
  });
}
