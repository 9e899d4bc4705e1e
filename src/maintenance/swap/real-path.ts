/** From the path of a volume that somebody gave to the file that it means, links followed. */
import { realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { VolumeError } from '../../core/errors.js';

/** Throws ERR_OPTION_INVALID, ERR_VOLUME_NOT_FOUND, ERR_NOT_A_VOLUME or ERR_VOLUME_UNREADABLE. */
export function realPathOf(path: unknown): string {
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw new VolumeError('ERR_OPTION_INVALID', `'${String(path)}' is no path of a volume.`, {
      hint: 'Give a file path as a string.',
    });
  }
  const absolute = resolve(path);
  const real = followed(absolute);
  if (statSync(real).isFile()) return real;
  throw new VolumeError('ERR_NOT_A_VOLUME', `'${absolute}' is not a regular file.`, {
    path: absolute,
    hint: 'A volume is one file; give its path.',
  });
}

function followed(path: string): string {
  try {
    return realpathSync(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new VolumeError('ERR_VOLUME_NOT_FOUND', `There is no volume at '${path}'.`, {
        cause,
        path,
        hint: 'Check the path.',
      });
    }
    throw new VolumeError('ERR_VOLUME_UNREADABLE', `'${path}' cannot be reached (${code}).`, {
      cause,
      path,
      hint: 'Check the directories on the way to it and their permissions.',
    });
  }
}
