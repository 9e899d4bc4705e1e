/** Empty files that SQLite is to fill: it takes one that is there as it is, mode and all. */
import { closeSync, openSync } from 'node:fs';
import { PRIVATE_FILE_MODE } from '../core/private-modes.js';

/**
 * Makes an empty file at `path` that only its owner may use, unless there is one. What cannot be made is for
 * SQLite to say.
 */
export function makePrivateFile(path: string, mode: number = PRIVATE_FILE_MODE): void {
  try {
    closeSync(openSync(path, 'wx', mode));
  } catch (error) {
    if (typeof (error as NodeJS.ErrnoException).code !== 'string') throw error;
  }
}
