/**
 * Where a library works in these tests: the disk, which is the oracle, and a volume. Both begin with the
 * same parts of this project.
 *
 * The volume's root is a path that the disk does not have: a library that passes by the fs it was given
 * finds nothing.
 */
import * as nodeFs from 'node:fs';
import { dirname, join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { importTree } from '#src/index.js';
import { projectPath } from '../support/project.js';
import type { NodeFs, Volume } from '../support/subject.js';
import { withVolume } from '../support/temporary-volume.js';
import { captureTree, type Tree } from '../support/tree.js';

export interface Place {
  readonly fs: NodeFs;
  /** A directory that holds the parts of the project, under the paths that they have in it. */
  readonly root: string;
}

export interface Places {
  readonly disk: Place;
  readonly volume: Place;
  /** The volume behind `volume`. */
  readonly behind: Volume;
  /** A folder on disk for what comes out, removed at the end. */
  readonly folder: string;
}

export const VOLUME_ROOT = '/only-in-the-volume';

/** Runs `fn` with a copy of `parts` of the project, by their paths, in both places. */
export async function withPlaces(
  t: ExecutionContext,
  parts: readonly string[],
  fn: (places: Places) => Promise<void>,
): Promise<void> {
  t.false(nodeFs.existsSync(VOLUME_ROOT));
  await withVolume(t, {}, async ({ volume, folder }) => {
    const root = join(folder, 'disk');
    nodeFs.mkdirSync(root);
    for (const part of parts) copyPart(part, root);
    await importTree(volume, root, { to: VOLUME_ROOT });
    await fn({
      disk: { fs: nodeFs, root },
      volume: { fs: volume.fs, root: VOLUME_ROOT },
      behind: volume,
      folder,
    });
  });
}

function copyPart(part: string, root: string): void {
  const target = join(root, part);
  nodeFs.mkdirSync(dirname(target), { recursive: true });
  nodeFs.cpSync(projectPath(part), target, { recursive: true, preserveTimestamps: true });
}

/** What is below the place, or below a directory of it. */
export function treeOf({ fs, root }: Place, below = '.'): Promise<Tree> {
  return captureTree(fs.promises, join(root, below));
}

/** Paths of the files below the place, from its root, sorted. */
export function filesOf({ fs, root }: Place, below: string): string[] {
  return fs
    .readdirSync(join(root, below), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}
