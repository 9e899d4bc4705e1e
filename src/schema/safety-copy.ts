/**
 * The copy that is kept beside a volume before its schema changes: `<volume>.before-v<N>`, made by
 * SQLite from one snapshot, checked, synced, and only then given its name.
 */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { VolumeError } from '../core/errors.js';
import { type Connection, openConnection } from '../sqlite/connection.js';
import { guarded } from '../sqlite/driver-errors.js';

const CHECK_CACHE_BYTES = 8 * 1024 * 1024;

/** Path of the copy made before leaving schema version `from`. */
export function safetyCopyPath(volume: string, from: number): string {
  return `${volume}.before-v${from + 1}`;
}

/** Makes the copy and returns its path; one that is there already is kept under another name. */
export function makeSafetyCopy(connection: Connection, from: number): string {
  const target = unusedPath(safetyCopyPath(connection.path, from));
  const temporary = `${target}.partial`;
  try {
    rmSync(temporary, { force: true });
    guarded(connection.path, () => {
      connection.statement<[string], never>('VACUUM INTO ?').run(temporary);
    });
    verifyCopy(temporary);
    syncFile(temporary);
    renameSync(temporary, target);
    syncFile(dirname(target));
  } catch (error) {
    removeIfPossible(temporary);
    throw copyFailed(connection.path, target, error);
  }
  return target;
}

function removeIfPossible(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Why the copy could not be made is what counts.
  }
}

function unusedPath(path: string): string {
  if (!existsSync(path)) return path;
  for (let number = 2; ; number += 1) {
    const candidate = `${path}.${number}`;
    if (!existsSync(candidate)) return candidate;
  }
}

function copyFailed(path: string, target: string, cause: unknown): VolumeError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new VolumeError(
    'ERR_MIGRATION_FAILED',
    `The safety copy '${target}' could not be made: ${reason}.`,
    {
      cause,
      path,
      hint: 'Free some space beside the volume, or make a backup and open with `safetyCopy: false`.',
    },
  );
}

function verifyCopy(path: string): void {
  const copy = openConnection(path, {
    role: 'reader',
    cacheBytes: CHECK_CACHE_BYTES,
    busyTimeoutMs: 0,
  });
  try {
    const answer = copy.pragma('quick_check(1)');
    if (answer !== 'ok') throw new Error(`its check says: ${String(answer)}`);
  } finally {
    copy.close();
  }
}

/** Makes a file, or the entries of a directory, survive a power cut. */
function syncFile(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
