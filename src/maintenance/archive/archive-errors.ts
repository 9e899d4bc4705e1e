/** What can be wrong with an archive, each in one place. */
import { VolumeError } from '../../core/errors.js';
import type { ArchiveItem } from './layout.js';

/** A file of the archive cannot be used. */
export function damaged(
  { path }: Pick<ArchiveItem, 'path'>,
  what: string,
  cause?: unknown,
): VolumeError {
  return new VolumeError('ERR_ARCHIVE_DAMAGED', `'${path}' is damaged: ${what}.`, {
    cause,
    path,
    hint: 'Restore an earlier point, or get the file back from another copy of the archive.',
  });
}

/** The directory cannot be an archive of this volume. */
export function conflict(path: string, what: string, hint: string): VolumeError {
  return new VolumeError('ERR_ARCHIVE_CONFLICT', `'${path}' ${what}.`, { path, hint });
}

export function busy(path: string, pid: number): VolumeError {
  return new VolumeError('ERR_ARCHIVE_BUSY', `Process ${pid} writes to the archive '${path}'.`, {
    path,
    hint: 'One program archives a volume, into a directory of its own; end the other one, or choose another directory. If that process was on a machine that is gone, remove the file `lock`.',
  });
}

export function noSuchPoint(path: string, what: string, hint: string): VolumeError {
  return new VolumeError('ERR_RESTORE_POINT_MISSING', `The archive '${path}' has ${what}.`, {
    path,
    hint,
  });
}

/** A failure of the filesystem that the archive is on, named as such. */
export function asArchiveError(error: unknown, path: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (!(error instanceof Error) || error instanceof VolumeError || syscall === undefined) {
    return error;
  }
  return new VolumeError('ERR_IO', `The archive '${path}' cannot be written or read (${code}).`, {
    cause: error,
    path,
    hint: 'Check that the directory exists, may be written, and that its disk has space; the archive goes on by itself when it does.',
  });
}
