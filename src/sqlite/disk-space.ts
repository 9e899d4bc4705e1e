/** Room on the disk of a volume, looked at before much is written. */
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { VolumeError } from '../core/errors.js';

/** What this user may still write beside the file at `path`, in bytes. */
export function freeBytesBeside(path: string): number {
  const { bavail, bsize } = statfsSync(dirname(path));
  return bavail * bsize;
}

/** The same, and how big the disk is. */
export function spaceOfDisk(path: string): { readonly free: number; readonly total: number } {
  const { bavail, blocks, bsize } = statfsSync(dirname(path));
  return { free: bavail * bsize, total: blocks * bsize };
}

/** Throws ERR_NO_SPACE when there is less than `neededBytes`; `what` needs them, `hint` is how else. */
export function demandSpace(path: string, neededBytes: number, what: string, hint: string): void {
  const freeBytes = freeBytesBeside(path);
  if (freeBytes >= neededBytes) return;
  throw new VolumeError(
    'ERR_NO_SPACE',
    `${what} needs ${neededBytes} bytes beside '${path}'; ${freeBytes} are free.`,
    { path, hint: `Free ${neededBytes - freeBytes} bytes, or ${hint}.` },
  );
}
