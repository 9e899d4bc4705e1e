/**
 * Files in the making beside the place that they are meant for, or are made from:
 *
 *   <target>[.json | .replaced | .compact | .before-v<N>].<maker>.partial[-wal | -shm | -journal]
 *
 * The name says which process makes it (`writer/maker-name.ts`), so that what a dead process left is told
 * from what a living one is working on.
 */
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { partialPath } from '../../core/partial-path.js';
import { SIDECARS } from '../../sqlite/database-files.js';
import { MAKER_PATTERN, mayBeMaking } from '../../writer/maker-name.js';

/**
 * What a partial file is to become: the file itself, its manifest, the replaced file's other name, the file
 * written anew without gaps, or the copy from before a migration.
 */
export type PartialKind = 'file' | 'manifest' | 'replaced' | 'compacted' | 'safetyCopy';

export interface Partial {
  readonly path: string;
  readonly kind: PartialKind;
  /** The same for all files of one piece of work. */
  readonly maker: string;
  /** Files that SQLite has beside it. */
  readonly isSidecar: boolean;
}

const MIDDLES = {
  file: '',
  manifest: '.json',
  replaced: '.replaced',
  compacted: '.compact',
} as const;
const NAME = new RegExp(
  `^(\\.json|\\.replaced|\\.compact|\\.before-v\\d+)?\\.(${MAKER_PATTERN})\\.partial(${SIDECARS.join('|')})?$`,
);

/** The name of what `maker` makes for `target`; the safety copy's is made where it is (`schema/`). */
export function partialOf(
  target: string,
  maker: string,
  kind: Exclude<PartialKind, 'safetyCopy'> = 'file',
): string {
  return partialPath(target + MIDDLES[kind], maker);
}

/** All partial files of `target`, whoever makes them. */
export function listPartials(target: string): Partial[] {
  const folder = dirname(target);
  const name = basename(target);
  return readdirSync(folder)
    .filter((entry) => entry.startsWith(name))
    .flatMap((entry) => {
      const match = NAME.exec(entry.slice(name.length));
      if (match === null) return [];
      const [, middle = '', maker = '', sidecar] = match;
      const path = join(folder, entry);
      return [{ path, kind: kindOf(middle), maker, isSidecar: sidecar !== undefined }];
    });
}

function kindOf(middle: string): PartialKind {
  const kinds = Object.keys(MIDDLES) as (keyof typeof MIDDLES)[];
  return kinds.find((kind) => MIDDLES[kind] === middle) ?? 'safetyCopy';
}

/** Whether who made the file may still be working on it. */
export function isLiving({ path, maker }: Partial): boolean {
  return mayBeMaking(maker, path);
}
