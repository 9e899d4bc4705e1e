/**
 * What of an archive is no longer needed.
 *
 * INVARIANT: every moment of the last `keepMs` can be restored afterwards as well as before. The newest
 * state at or before the beginning of that time is needed, for the moments up to the next one, and with
 * it the newest base before it, and all that follows.
 */
import { readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ArchiveItem,
  describingFile,
  type Generation,
  pointsOf,
  readGenerations,
  waysTo,
} from './layout.js';

/** The files that can go, oldest first. */
export function outdated(generations: readonly Generation[], beforeMs: number): ArchiveItem[] {
  const kept = newestStart(generations, beforeMs);
  if (kept === undefined) return [];
  return generations
    .filter(({ name }) => name <= kept.generation)
    .flatMap((generation) => {
      const { bases, segments, name } = generation;
      const isOld = (item: ArchiveItem): boolean =>
        name < kept.generation ||
        item.sequence < kept.sequence ||
        // The segment that ends where the kept base is.
        (item.kind === 'segment' && item.sequence === kept.sequence);
      return [...bases.filter(isOld), ...segments.filter(isOld)];
    });
}

/** The base of the newest state that is not newer than `beforeMs`. */
function newestStart(
  generations: readonly Generation[],
  beforeMs: number,
): ArchiveItem | undefined {
  for (const generation of [...generations].reverse()) {
    const point = pointsOf(generation).findLast(({ atMs }) => atMs <= beforeMs);
    if (point !== undefined) return waysTo(generation, point.sequence)[0]?.base;
  }
  return undefined;
}

/** Removes what is older than needed, and generations that are empty then. */
export function prune(directory: string, beforeMs: number, current: string): number {
  const items = outdated(readGenerations(directory), beforeMs);
  for (const item of items) {
    rmSync(item.path, { force: true });
    if (item.kind === 'base') rmSync(describingFile(item.path), { force: true });
  }
  for (const name of new Set(items.map(({ generation }) => generation))) {
    const path = join(directory, name);
    if (name !== current && readdirSync(path).length === 0) rmdirSync(path);
  }
  return items.length;
}
