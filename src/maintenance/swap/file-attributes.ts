/** Permissions and owner of the file that is replaced, for the one that takes its place. */
import { chmodSync, chownSync, statSync } from 'node:fs';
import { VolumeError } from '../../core/errors.js';

const PERMISSIONS = 0o7777;

/** Gives `replacement` the owner and the permissions of the file at `path`. */
export function takeAttributes(path: string, replacement: string): void {
  const old = statSync(path);
  const own = statSync(replacement);
  if (own.uid !== old.uid || own.gid !== old.gid) giveTo(path, replacement, old.uid, old.gid);
  // After that: a change of owner takes bits away.
  chmodSync(replacement, old.mode & PERMISSIONS);
}

function giveTo(path: string, replacement: string, uid: number, gid: number): void {
  try {
    chownSync(replacement, uid, gid);
  } catch (cause) {
    throw new VolumeError(
      'ERR_VOLUME_UNREADABLE',
      `'${path}' belongs to user ${uid} and group ${gid}, and its new file cannot be given to them.`,
      { cause, path, hint: 'Run this as the owner of the volume or as root.' },
    );
  }
}
