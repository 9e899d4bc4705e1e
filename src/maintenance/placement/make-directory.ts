/** A directory with those above it. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { PRIVATE_DIRECTORY_MODE } from '../../core/private-modes.js';

/**
 * Makes the directory at `path`, an absolute one, and those above it that are missing. `mkdirSync` with
 * `recursive` never returns where the system says ENOENT although the directory above is there, as /proc
 * does: nodejs/node takes it for a missing parent again and again. Nobody else may enter what is made: backups
 * and archives are kept there.
 */
export function makeDirectory(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
  const above = dirname(path);
  if (above !== path && statSync(above, { throwIfNoEntry: false }) === undefined) {
    makeDirectory(above);
  }
  try {
    mkdirSync(path, { mode: PRIVATE_DIRECTORY_MODE });
  } catch (error) {
    // Somebody else may have made it just now.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (!statSync(path).isDirectory()) throw error;
  }
}
