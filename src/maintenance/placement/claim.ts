/**
 * One piece of work at a time for a target. Who begins makes its partial file first and then looks for
 * others: of two that begin at once at least one sees the other, takes its own back and tries again.
 */
import { closeSync, openSync, rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { AbortError } from '../../core/abort.js';
import { VolumeError } from '../../core/errors.js';
import { removeIfPossible } from '../../sqlite/database-files.js';
import { makerName } from '../../writer/maker-name.js';
import { clearLeftovers } from './leftovers.js';
import { isLiving, listPartials, type PartialKind, partialOf } from './partials.js';
import { targetFailed } from './target.js';

const ATTEMPTS = 6;
const PAUSE_MIN_MS = 20;
const PAUSE_RANGE_MS = 80;
/** What backups and restores make; a compaction holds the file, and a migration leaves it in its place. */
const RIVALS: readonly PartialKind[] = ['file', 'manifest', 'replaced'];

/** The right to put something at `target`. */
export interface Claim {
  readonly target: string;
  /** The file to be filled; it is there and empty. */
  readonly partial: string;
  /** Where the manifest is written first. */
  readonly partialManifest: string;
  /** Other name of what is replaced, until what replaces it is proven. */
  readonly replaced: string;
  /** Removes what is left of the work. */
  end(): void;
}

/** Claims `target`, an absolute path in a directory that is there. Throws ERR_VOLUME_BUSY, ERR_BACKUP_TARGET. */
export async function claimTarget(
  target: string,
  mode: number,
  signal?: AbortSignal,
): Promise<Claim> {
  try {
    await clearLeftovers(target);
    for (let attempt = 1; ; attempt += 1) {
      if (signal?.aborted) throw new AbortError(signal.reason);
      const claim = makeClaim(target, makerName(), mode);
      if (!hasRival(claim)) return claim;
      claim.end();
      if (attempt === ATTEMPTS) throw busy(target);
      await pause(PAUSE_MIN_MS + Math.random() * PAUSE_RANGE_MS);
    }
  } catch (error) {
    throw targetFailed(error, target);
  }
}

function makeClaim(target: string, maker: string, mode: number): Claim {
  const partial = partialOf(target, maker);
  const partialManifest = partialOf(target, maker, 'manifest');
  const replaced = partialOf(target, maker, 'replaced');
  closeSync(openSync(partial, 'wx', mode));
  return {
    target,
    partial,
    partialManifest,
    replaced,
    end: () => {
      removeIfPossible(partial);
      try {
        rmSync(partialManifest, { force: true });
      } catch {
        // The next work removes it, as it does a database that stays.
      }
      removeIfPossible(replaced);
    },
  };
}

function hasRival({ target, partial }: Claim): boolean {
  const rivals = listPartials(target).filter(({ kind }) => RIVALS.includes(kind));
  const own = rivals.find(({ path }) => path === partial)?.maker;
  return rivals.some((other) => other.maker !== own && isLiving(other));
}

function busy(target: string): VolumeError {
  return new VolumeError(
    'ERR_VOLUME_BUSY',
    `Another backup or restore to '${target}' is under way.`,
    { path: target, hint: 'Wait for it to end, or choose another destination.' },
  );
}
