/** What an archiver that was killed has left behind. Only while the lock of the archive is held. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describingFile, isPartial, readGenerations } from './layout.js';

/** Removes unfinished files, and generations that lead to no state. Returns what it removed. */
export function removeLeftovers(directory: string): string[] {
  const removed: string[] = [];
  const remove = (path: string): void => {
    rmSync(path, { recursive: true, force: true });
    removed.push(path);
  };
  for (const name of readdirSync(directory)) {
    if (isPartial(name)) remove(join(directory, name));
  }
  for (const { path, bases } of readGenerations(directory)) {
    if (bases.length === 0) {
      remove(path);
      continue;
    }
    const described = new Set(bases.map((base) => describingFile(base.path)));
    for (const name of readdirSync(path)) {
      const file = join(path, name);
      const isUnused = name.endsWith('.base.json') && !described.has(file);
      if (isPartial(name) || isUnused) remove(file);
    }
  }
  return removed;
}
