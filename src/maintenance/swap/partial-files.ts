/**
 * Files in the making beside a volume, which a process that was killed leaves behind: how they are
 * named, and how those that nobody makes any more are found and removed.
 *
 *   <volume>.compact-<random>.partial       only made while the volume is held exclusively: who has been
 *                                           able to open the volume knows that nobody makes it any more
 *   <volume>.before-v<N>.<maker>.partial    names its maker (`writer/maker-name.ts`), who may be alive
 *
 * SQLite's own files beside one of these (`-journal`, `-wal`, `-shm`) go with it.
 */
import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { hasMakerEnded } from '../../writer/maker-name.js';

const RANDOM_BYTES = 6;
const COMPACTED = /^compact-[0-9a-f]{12}\.partial(-journal|-wal|-shm)?$/;
const SAFETY_COPY = /^before-v\d+\.([^.]+)\.partial(-journal|-wal|-shm)?$/;

/** A name for the compacted file in the making. */
export function compactedName(path: string): string {
  return `${path}.compact-${randomBytes(RANDOM_BYTES).toString('hex')}.partial`;
}

/** Removes a file in the making with what SQLite keeps beside it. */
export function removePartial(path: string): void {
  for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(path + suffix, { force: true });
}

/**
 * Removes what processes that were killed have left beside the volume at `path`, which this process has
 * open for writing or holds exclusively. Returns the names of the files.
 */
export function removeLeftovers(path: string): string[] {
  const folder = dirname(path);
  const prefix = `${basename(path)}.`;
  const leftovers = readdirSync(folder)
    .filter((name) => name.startsWith(prefix))
    .filter((name) => isLeftover(name.slice(prefix.length)));
  for (const name of leftovers) rmSync(join(folder, name), { force: true });
  return leftovers;
}

function isLeftover(rest: string): boolean {
  if (COMPACTED.test(rest)) return true;
  const [, maker] = SAFETY_COPY.exec(rest) ?? [];
  return maker !== undefined && hasMakerEnded(maker);
}
