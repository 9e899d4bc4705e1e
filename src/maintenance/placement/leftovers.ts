/**
 * What processes that died in the middle of a backup or restore left beside its target.
 *
 * INVARIANT: no state between two steps needs what is removed here. The target is whole at every
 * instant, the old one or the new one; only a manifest may still have to get its name.
 */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { syncDirectoryOf } from '../../sqlite/wal.js';
import { belongsTo, manifestPath } from './manifest.js';
import { isLiving, listPartials, type Partial } from './partial-name.js';

/** Tidies up beside `target`; returns the paths of what was removed. */
export function clearLeftovers(target: string): string[] {
  const dead = listPartials(target).filter((partial) => !isLiving(partial));
  const removed: string[] = [];
  for (const partial of dead) {
    if (isMissingManifest(partial, target)) {
      renameSync(partial.path, manifestPath(target));
    } else if (partial.kind === 'replaced' && !existsSync(target)) {
    } else {
      rmSync(partial.path, { force: true });
      removed.push(partial.path);
    }
  }
  if (dead.length > 0) syncDirectoryOf(target);
  return removed;
}

/** The backup has its name and the manifest has not. */
function isMissingManifest({ kind, path, isSidecar }: Partial, target: string): boolean {
  return kind === 'manifest' && !isSidecar && belongsTo(path, target);
}
