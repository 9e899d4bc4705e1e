/** `compactVolume`: compacts a volume by its path, in place or as a whole. */

import type { CompactOptions, CompactResult } from '../maintenance/compact/compact-options.js';
import { checkCompactOptions } from '../maintenance/compact/compact-options.js';
import { compactFully } from '../maintenance/compact/compact-volume.js';
import { openVolume } from './open.js';

/**
 * Gives the free space in the volume at `path` back to the system. Without `full` it is opened, and
 * others may use it meanwhile. With `full` it is written anew and replaced: nobody may have it open
 * (ERR_VOLUME_BUSY), and there must be room for a second one beside it (ERR_NO_SPACE).
 */
export async function compactVolume(
  path: string,
  options: CompactOptions = {},
): Promise<CompactResult> {
  checkCompactOptions(options);
  if (options.full === true) return compactFully(path, options);
  const volume = await openVolume(path, { create: false });
  try {
    return await volume.compact(options);
  } finally {
    await volume.close();
  }
}
