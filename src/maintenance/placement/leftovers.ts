/**
 * What processes that died in the middle of a backup, restore, compaction or migration left beside a file.
 *
 * INVARIANT: no state between two steps needs what is removed here. The target is whole at every
 * instant, the old one or the new one; only a manifest may still have to get its name.
 */
import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { SIDECARS } from '../../sqlite/database-files.js';
import { syncDirectoryOf } from '../../sqlite/wal.js';
import { hashElsewhere } from '../backup/hash-elsewhere.js';
import { manifestPath, tryReadManifest } from './manifest.js';
import { isLiving, listPartials, type Partial } from './partials.js';

/**
 * Removes what is left beside the volume at `path`, which this process has open for writing or holds
 * exclusively; manifests stay. Returns the paths of what was removed.
 */
export function removeLeftovers(path: string): string[] {
  giveSidecarsBack(path);
  return remove(path, (partial) => {
    if (partial.kind === 'manifest') return false;
    // Only made while the volume is held exclusively: who can open it knows that nobody makes it any more.
    return partial.kind === 'compacted' || isAbandoned(partial, path);
  });
}

/** Tidies up beside `target`, manifests too; resolves with the paths of what was removed. */
export async function clearLeftovers(target: string): Promise<string[]> {
  giveSidecarsBack(target);
  for (const partial of listPartials(target)) {
    if (partial.kind === 'manifest' && !isLiving(partial)) await nameManifest(partial, target);
  }
  return remove(target, (partial) => isAbandoned(partial, target));
}

function remove(target: string, isLeftover: (partial: Partial) => boolean): string[] {
  const removed = listPartials(target)
    .filter(isLeftover)
    .map(({ path }) => path);
  for (const path of removed) rmSync(path, { force: true });
  if (removed.length > 0) syncDirectoryOf(target);
  return removed;
}

/**
 * A damaged target was set aside (`put-in-place.ts`) and its replacement never came: the target still is
 * the old file, and what was beside it has only its second names left.
 */
function giveSidecarsBack(target: string): void {
  const partials = listPartials(target).filter(({ kind }) => kind === 'replaced');
  for (const partial of partials) {
    if (partial.isSidecar || isLiving(partial) || !isSameFile(partial.path, target)) continue;
    for (const ending of SIDECARS) {
      const hasOnlySecond = existsSync(partial.path + ending) && !existsSync(target + ending);
      if (hasOnlySecond) renameSync(partial.path + ending, target + ending);
    }
  }
}

function isSameFile(one: string, other: string): boolean {
  const [a, b] = [one, other].map((path) => statSync(path, { throwIfNoEntry: false }));
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev;
}

function isAbandoned(partial: Partial, target: string): boolean {
  // Without the new file the old one's other name may be all there is.
  if (partial.kind === 'replaced' && !existsSync(target)) return false;
  return !isLiving(partial);
}

/** Gives a manifest its name when the backup has its own already. */
async function nameManifest({ path, isSidecar }: Partial, target: string): Promise<void> {
  if (isSidecar || !(await belongsTo(path, target))) return;
  try {
    renameSync(path, manifestPath(target));
  } catch (error) {
    // Another process has done so meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  syncDirectoryOf(target);
}

/** Whether a pending manifest belongs to the backup that is there, which may be open here as a volume. */
async function belongsTo(pending: string, backup: string): Promise<boolean> {
  const manifest = tryReadManifest(pending);
  if (manifest === undefined) return false;
  const stats = statSync(backup, { throwIfNoEntry: false });
  if (stats?.isFile() !== true || stats.size !== manifest.bytes) return false;
  return (await hashElsewhere(backup)) === manifest.sha256;
}
