/**
 * The copy that is kept beside a volume before its schema changes: `<volume>.before-v<N>`, made by
 * SQLite from one snapshot, checked, synced, and only then given its name.
 */
import { existsSync, linkSync, renameSync, rmSync, statSync } from 'node:fs';
import { VolumeError } from '../core/errors.js';
import { partialPath } from '../core/partial-path.js';
import { PERMISSION_BITS } from '../core/private-modes.js';
import { type Connection, openConnection } from '../sqlite/connection.js';
import { demandSpace } from '../sqlite/disk-space.js';
import { guarded } from '../sqlite/driver-errors.js';
import { makePrivateFile } from '../sqlite/private-file.js';
import { syncDirectoryOf, syncPath } from '../sqlite/wal.js';

const CHECK_CACHE_BYTES = 8 * 1024 * 1024;

/** Path of the copy made before leaving schema version `from`. */
export function safetyCopyPath(volume: string, from: number): string {
  return `${volume}.before-v${from + 1}`;
}

/** Size of a copy of the database on `connection`, in bytes: SQLite leaves free pages out. */
export function copyBytesOf(connection: Connection): number {
  const pages =
    Number(connection.pragma('page_count')) - Number(connection.pragma('freelist_count'));
  return pages * Number(connection.pragma('page_size'));
}

export interface SafetyCopyOptions {
  /** Who makes it, for the name of the file in the making: another process may be making its own. */
  readonly maker: string;
  /** Called before; the file at `temporary` will grow to `bytes`. */
  readonly onCopy?: ((temporary: string, bytes: number) => void) | undefined;
}

/**
 * Makes the copy and returns its path; one that is there already is kept under another name. Undefined
 * when another process has migrated the volume in the meantime: then it is that one that has the copy.
 */
export function makeSafetyCopy(
  connection: Connection,
  from: number,
  { maker, onCopy }: SafetyCopyOptions,
): string | undefined {
  const wanted = safetyCopyPath(connection.path, from);
  const temporary = partialPath(wanted, maker);
  const bytes = copyBytesOf(connection);
  demandSpace(
    connection.path,
    bytes,
    'The safety copy',
    'make a backup elsewhere and migrate without a safety copy',
  );
  onCopy?.(temporary, bytes);
  try {
    makePrivateFile(temporary, statSync(connection.path).mode & PERMISSION_BITS);
    guarded(connection.path, () => {
      connection.statement<[string], never>('VACUUM INTO ?').run(temporary);
    });
    if (checkedVersion(temporary) !== from) return undefined;
    syncPath(temporary);
    const target = giveUnusedName(temporary, wanted);
    syncDirectoryOf(target);
    return target;
  } catch (error) {
    throw copyFailed(connection.path, wanted, error);
  } finally {
    removeIfPossible(temporary);
  }
}

function removeIfPossible(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Why the copy could not be made is what counts; a copy that was made has its own name.
  }
}

/** Gives the file at `temporary` the first name from `wanted`, `wanted.2`, ... that is not taken. */
function giveUnusedName(temporary: string, wanted: string): string {
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? wanted : `${wanted}.${number}`;
    if (!existsSync(candidate) && giveName(temporary, candidate)) return candidate;
  }
}

/** Unlike a rename, a link does not replace what has appeared in the meantime; false if something has. */
function giveName(temporary: string, target: string): boolean {
  try {
    linkSync(temporary, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    // A filesystem without hard links.
    renameSync(temporary, target);
  }
  return true;
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

/** The schema version in a copy, after SQLite's check of it. */
function checkedVersion(path: string): number {
  const copy = openConnection(path, {
    role: 'reader',
    cacheBytes: CHECK_CACHE_BYTES,
    busyTimeoutMs: 0,
  });
  try {
    const answer = copy.pragma('quick_check(1)');
    if (answer !== 'ok') throw new Error(`its check says: ${String(answer)}`);
    return Number(copy.pragma('user_version'));
  } finally {
    copy.close();
  }
}
