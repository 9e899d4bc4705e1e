/**
 * Gives a finished file its name, so that at every instant the name leads to a whole file, the old one or
 * the new one, and no log of the one ever lies beside the other.
 *
 *   nothing there     link: fails when something has appeared; it is never replaced
 *   something there   `swap-files.ts`: held exclusively, its log moved into it, then renamed over; it has
 *                     a second name meanwhile
 *   something else    a file that SQLite cannot read, and that nobody has open: set aside as it is
 *
 * The new file has a rollback journal (`file-header.ts`): there is no log that could be missing either.
 */
import { existsSync, linkSync, renameSync, rmSync } from 'node:fs';
import { VolumeError } from '../../core/errors.js';
import { isSqliteError } from '../../sqlite/driver-errors.js';
import { syncDirectoryOf } from '../../sqlite/wal.js';
import { type ExclusiveVolume, inUse, takeExclusive, whoHas } from '../swap/exclusive.js';
import { identityOfFile } from '../swap/openers.js';
import { nameAlso } from '../swap/second-name.js';
import { swapFiles } from '../swap/swap-files.js';
import { exists } from './target.js';
import { isOpenSomewhere } from './users.js';

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
  if (held !== undefined && swapIfSound(held, partial, other)) return;
  setAsideDamaged(target, other);
  renameSync(partial, target);
  syncDirectoryOf(target);
}

/** False when SQLite cannot move the log into the old file, because one of them is damaged. */
function swapIfSound(held: ExclusiveVolume, partial: string, other: string): boolean {
  try {
    swapFiles(held, partial, { keepOldAs: other });
    return true;
  } catch (error) {
    if (isSqliteError(error, 'SQLITE_CORRUPT') || isSqliteError(error, 'SQLITE_NOTADB'))
      return false;
    throw error;
  } finally {
    held.close();
  }
}

/** Takes the new file away again and gives the old one its name back. */
export function putBack(target: string, other: string): void {
  renameSync(other, target);
  syncDirectoryOf(target);
}

/** Undefined: it is no database that SQLite can read, and nobody has it open either. */
function hold(target: string): ExclusiveVolume | undefined {
  try {
    return takeExclusive(target);
  } catch (error) {
    if (!(error instanceof VolumeError)) throw error;
    if (error.code !== 'ERR_NOT_A_VOLUME' && error.code !== 'ERR_VOLUME_CORRUPT') throw error;
    if (!isOpenSomewhere(target)) return undefined;
    throw inUse(target, whoHas(target, identityOfFile(target)), error);
  }
}

/** A damaged file keeps what is beside it: first all have their second names, then the first ones go. */
function setAsideDamaged(target: string, other: string): void {
  const beside = SIDECARS.filter((ending) => existsSync(target + ending));
  for (const ending of beside) nameAlso(target + ending, other + ending);
  nameAlso(target, other);
  for (const ending of beside) rmSync(target + ending, { force: true });
}
