/**
 * Putting one database file in the place of another: at every instant there is one whole volume at the
 * path, and never a log beside it that belongs to another file.
 *
 *   1. the replacement is synced                                a kill leaves a file to be cleaned up
 *   2. the log of the old file is moved into it and removed     a kill leaves the old volume, whole
 *   3. nobody but us has the old file open, or it ends here
 *   4. rename, sync of the directory                            before: the old volume; after: the new one
 *   5. the old file stays locked until those have gone who opened it between 3 and 4
 *
 * Why 3 and 5: a connection that has opened the old file and waits for its first lock would, once it has
 * it, use the log of the new file by its name, and mix the two. No lock tells of it; its descriptor does.
 */
import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { BugError, VolumeError } from '../../core/errors.js';
import { failpoint } from '../../core/failpoint.js';
import { journalPath } from '../../sqlite/rollback-journal.js';
import { syncDirectoryOf, syncPath, walPath } from '../../sqlite/wal.js';
import type { SearchLimits } from '../processes/search.js';
import { type ExclusiveVolume, inUse, nameOf, usersUnknown } from './exclusive.js';
import { canSeeOpeners, openersOf } from './openers.js';
import { nameAlso } from './second-name.js';

export interface SwapOptions {
  /** Another name that the old file keeps; it must not exist. */
  readonly keepOldAs?: string;
  /** Of the looks at who has the old file open. */
  readonly search?: SearchLimits;
}

/** Longer than anybody waits for a lock unless told to. */
const LINGER_MS = 10_000;
/** The same where not everybody can be seen: the default of `busyTimeoutMs`, and a little more. */
const LINGER_BLIND_MS = 5500;
const LOOK_EVERY_MS = 20;

/**
 * Puts the database file `replacement`, which nobody has open and which has no log, in the place of the
 * volume held. Blocks this thread, normally for as long as two programs take to start. The hold is of no
 * use afterwards but to be closed.
 */
export function swapFiles(
  held: ExclusiveVolume,
  replacement: string,
  options: SwapOptions = {},
): void {
  refuseLog(replacement);
  refuseOtherNames(held);
  syncPath(replacement);
  const journalMode = String(held.connection.pragma('journal_mode'));
  retireLog(held);
  failpoint('swap:retired');
  refuseStrangers(held, journalMode, options.search);
  if (options.keepOldAs !== undefined) nameAlso(held.path, options.keepOldAs);
  failpoint('swap:named');
  renameSync(replacement, held.path);
  failpoint('swap:renamed');
  syncDirectoryOf(held.path);
  linger(held, options.search);
}

function refuseLog(replacement: string): void {
  const log = statSync(walPath(replacement), { throwIfNoEntry: false });
  if (log !== undefined && log.size > 0) {
    throw new BugError(`broken rule: the replacement '${replacement}' has an empty log`);
  }
}

/** A file of several names would be replaced under one of them only. */
function refuseOtherNames({ path }: ExclusiveVolume): void {
  const { nlink } = statSync(path);
  if (nlink === 1) return;
  throw new VolumeError('ERR_VOLUME_BUSY', `'${path}' has ${nlink} names (hard links).`, {
    path,
    hint: 'Remove the other names first: they would keep the old file.',
  });
}

/**
 * Moves the log into the old file and removes it, with its index. The file is one with a rollback
 * journal then, which every opening changes back.
 */
function retireLog({ connection, path }: ExclusiveVolume): void {
  connection.pragma('journal_mode = DELETE');
  // A journal that is kept in a file would be removed, by its name, when the connection closes: then
  // the name belongs to the new volume.
  connection.pragma('journal_mode = MEMORY');
  if (existsSync(walPath(path))) {
    throw new VolumeError('ERR_VOLUME_BUSY', `The log of '${path}' could not be emptied.`, {
      path,
      hint: 'Close the volume everywhere and try again.',
    });
  }
  // Both are spent: the locks prove that nobody uses them.
  rmSync(journalPath(path), { force: true });
  rmSync(`${path}-shm`, { force: true });
  syncDirectoryOf(path);
}

interface Strangers {
  readonly names: readonly string[];
  readonly silent: readonly number[];
  /** Who is neither named nor silent does not have it open, as far as this user may see. */
  readonly isComplete: boolean;
}

/** Who has the old file open beside the one descriptor of the hold. */
function strangersOf({ path, file }: ExclusiveVolume, limits: SearchLimits | undefined): Strangers {
  const { found, silent, isComplete } = openersOf(path, file, limits);
  const names = found
    .filter(({ pid, descriptors }) => pid !== process.pid || descriptors > 1)
    .map(({ pid, program }) => nameOf(pid, program));
  return { names, silent, isComplete };
}

/**
 * A process that is silent is in nobody's way: it is stuck where the kernel starts or ends it, and so does
 * not wait for a lock of SQLite.
 */
function refuseStrangers(
  held: ExclusiveVolume,
  journalMode: string,
  limits: SearchLimits | undefined,
): void {
  const { names, silent, isComplete } = strangersOf(held, limits);
  if (names.length === 0 && isComplete) return;
  // As it was before.
  held.connection.pragma(`journal_mode = ${journalMode}`);
  throw names.length > 0 ? inUse(held.path, names) : usersUnknown(held.path, silent);
}

function linger(held: ExclusiveVolume, limits: SearchLimits | undefined): void {
  const startedMs = performance.now();
  for (;;) {
    const { names, silent, isComplete } = strangersOf(held, limits);
    const isBlind = !canSeeOpeners() || silent.length > 0 || !isComplete;
    if (names.length === 0 && !isBlind) return;
    const lingerMs = names.length > 0 ? LINGER_MS : LINGER_BLIND_MS;
    const leftMs = startedMs + lingerMs - performance.now();
    if (leftMs <= 0) return;
    // Who cannot be seen now will not be seen later either.
    sleep(names.length > 0 ? LOOK_EVERY_MS : leftMs);
  }
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0, ms);
}
