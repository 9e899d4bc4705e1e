/** `verifyVolume`: checks a volume that is not open here, without changing it. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { VolumeError } from '../../core/errors.js';
import { resolveOptions } from '../../core/options.js';
import { ReaderThreads } from '../../readers/threads.js';
import { checkVolume } from './check-volume.js';
import type { CheckOptions, CheckResult } from './problem.js';

export type VerifyOptions = Omit<CheckOptions, 'repair'>;

/** Says what is wrong with the path before SQLite says that it is "unable". */
function checkPath(path: unknown): string {
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw new VolumeError('ERR_OPTION_INVALID', `'${String(path)}' is no path of a volume.`, {
      hint: 'Give a file path as a string.',
    });
  }
  const absolute = resolve(path);
  const stats = statSync(absolute, { throwIfNoEntry: false });
  if (stats === undefined) {
    throw new VolumeError('ERR_VOLUME_NOT_FOUND', `There is no volume at '${absolute}'.`, {
      path: absolute,
      hint: 'Check the path.',
    });
  }
  if (stats.isFile()) return absolute;
  throw new VolumeError('ERR_NOT_A_VOLUME', `'${absolute}' is not a regular file.`, {
    path: absolute,
    hint: 'A volume is one file; give its path.',
  });
}

/**
 * Checks the volume at `path`: SQLite, the tree, and unless `content` is false every byte. Read-only.
 * What is damaged is in the result; a file that is no volume, or of another schema version, is an
 * error: ERR_NOT_A_VOLUME, ERR_SCHEMA_OUTDATED, ERR_SCHEMA_TOO_NEW.
 */
export async function verifyVolume(
  path: string,
  options: VerifyOptions = {},
): Promise<CheckResult> {
  const absolute = checkPath(path);
  const defaults = resolveOptions();
  const threads = new ReaderThreads({ ...defaults, readerThreadsMax: 1 });
  try {
    const { busyTimeoutMs } = defaults;
    const target = { path: absolute, busyTimeoutMs, threads, writer: undefined };
    return await checkVolume({ ...target, isUnknownFile: true }, { content: true, ...options });
  } finally {
    await threads.close(
      new VolumeError('ERR_VOLUME_CLOSED', `The verification of '${absolute}' has ended.`),
    );
  }
}
