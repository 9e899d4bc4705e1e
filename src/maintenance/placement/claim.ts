/**
 * One piece of work at a time for a target. Who begins makes its partial file first and then looks for
 * others: of two that begin at once at least one sees the other, takes its own back and tries again.
 */
import { closeSync, openSync, rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { AbortError } from '../../core/abort.js';
import { VolumeError } from '../../core/errors.js';
import { clearLeftovers } from './leftovers.js';
import { isLiving, listPartials, newWork, partialPath } from './partial-name.js';
import { targetFailed } from './target.js';

const ATTEMPTS = 6;
const PAUSE_MIN_MS = 20;
const PAUSE_RANGE_MS = 80;
const SIDECARS = ['', '-wal', '-shm', '-journal'] as const;

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
    clearLeftovers(target);
    for (let attempt = 1; ; attempt += 1) {
      if (signal?.aborted) throw new AbortError(signal.reason);
      const claim = makeClaim(target, newWork(), mode);
      if (!hasRival(claim)) return claim;
      claim.end();
      if (attempt === ATTEMPTS) throw busy(target);
      await pause(PAUSE_MIN_MS + Math.random() * PAUSE_RANGE_MS);
    }
  } catch (error) {
    throw targetFailed(error, target);
  }
}

function makeClaim(target: string, work: string, mode: number): Claim {
  const partial = partialPath(target, work);
  const partialManifest = partialPath(target, work, 'manifest');
  const replaced = partialPath(target, work, 'replaced');
  closeSync(openSync(partial, 'wx', mode));
  const beside = (path: string): string[] => SIDECARS.map((ending) => path + ending);
  const own = [...beside(partial), partialManifest, ...beside(replaced)];
  return {
    target,
    partial,
    partialManifest,
    replaced,
    end: () => {
      for (const path of own) rmSync(path, { force: true });
    },
  };
}

function hasRival({ target, partial }: Claim): boolean {
  const own = listPartials(target).find(({ path }) => path === partial)?.work;
  return listPartials(target).some((other) => other.work !== own && isLiving(other));
}

function busy(target: string): VolumeError {
  return new VolumeError(
    'ERR_VOLUME_BUSY',
    `Another backup or restore to '${target}' is under way.`,
    { path: target, hint: 'Wait for it to end, or choose another destination.' },
  );
}
