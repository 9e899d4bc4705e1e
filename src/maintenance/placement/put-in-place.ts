/**
 * Gives a finished file its name, so that at every instant the name leads to a whole file, the old one or
 * the new one, and no log of the one ever lies beside the other.
 *
 *   nothing there     link: fails when something has appeared; it is never replaced
 *   something there   under an exclusive lock: its log is moved into it and is gone; it gets a second
 *                     name; rename puts the new file in its place; the lock is let go
 *
 * The new file has a rollback journal (`file-header.ts`): there is no log that could be missing either.
 * Who comes while the lock is held waits, and then finds that its file was moved: SQLite refuses to write.
 */
import { existsSync, linkSync, renameSync, rmSync } from 'node:fs';
import { VolumeError } from '../../core/errors.js';
import { type ExclusiveFile, takeExclusively } from '../../sqlite/exclusive.js';
import { syncDirectoryOf } from '../../sqlite/wal.js';
import { inUse, whoHas } from '../swap/exclusive.js';
import { identityOfFile } from '../swap/openers.js';
import { exists } from './target.js';
import { isOpenSomewhere } from './users.js';

/** Longest wait for somebody who is just closing, in milliseconds. */
const WAIT_MS = 500;
const SIDECARS = ['-wal', '-shm', '-journal'] as const;

/** Gives `partial` the name `target`. Throws ERR_VOLUME_EXISTS when that is taken. */
export function putNew(partial: string, target: string): void {
  refuseForeignLog(target);
  try {
    linkSync(partial, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw exists(target);
    // A filesystem without hard links.
    if (code === 'ENOENT' || existsSync(target)) throw code === 'ENOENT' ? error : exists(target);
    renameSync(partial, target);
  }
  rmSync(partial, { force: true });
  syncDirectoryOf(target);
}

/** A log without its file would be taken for that of the new one. */
function refuseForeignLog(target: string): void {
  const found = SIDECARS.map((ending) => target + ending).find((path) => existsSync(path));
  if (found === undefined) return;
  throw new VolumeError(
    'ERR_BACKUP_TARGET',
    `There is no '${target}', but '${found}', which may hold what was in it.`,
    { path: target, hint: 'Put the file back that belongs to it, or move it away.' },
  );
}

/**
 * Puts `partial` in the place of `target`, which gets the name `other`. Throws ERR_VOLUME_BUSY when
 * somebody has it open.
 */
export function replace(partial: string, target: string, other: string): void {
  const held = hold(target);
  try {
    if (held === undefined) setAsideDamaged(target, other);
    else nameAlso(target, other);
    renameSync(partial, target);
    syncDirectoryOf(target);
  } finally {
    held?.release();
  }
}

/** Takes the new file away again and gives the old one its name back. */
export function putBack(target: string, other: string): void {
  renameSync(other, target);
  syncDirectoryOf(target);
}

/** Undefined: it is no database that SQLite can read, and nobody has it open either. */
function hold(target: string): ExclusiveFile | undefined {
  try {
    return takeExclusively(target, WAIT_MS);
  } catch (error) {
    if (!(error instanceof VolumeError)) throw error;
    if (error.code === 'ERR_VOLUME_BUSY') throw open(target, error);
    if (error.code !== 'ERR_NOT_A_VOLUME' && error.code !== 'ERR_VOLUME_CORRUPT') throw error;
    if (isOpenSomewhere(target)) throw open(target, error);
    return undefined;
  }
}

function open(target: string, cause: unknown): VolumeError {
  return inUse(target, whoHas(target, identityOfFile(target)), cause);
}

function nameAlso(target: string, other: string): void {
  try {
    linkSync(target, other);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error;
    // Without hard links there is an instant without the name; the file is whole under the other.
    renameSync(target, other);
  }
  syncDirectoryOf(target);
}

/** A damaged file keeps what is beside it: first all have their second names, then the first ones go. */
function setAsideDamaged(target: string, other: string): void {
  const beside = SIDECARS.filter((ending) => existsSync(target + ending));
  for (const ending of beside) nameAlso(target + ending, other + ending);
  nameAlso(target, other);
  for (const ending of beside) rmSync(target + ending, { force: true });
}
